// Starts Swagger UI on the schema that the page names.
"use strict";

const docs = document.getElementById("docs");

SwaggerUIBundle({
  domNode: docs,
  url: docs.dataset.schema,
  layout: "BaseLayout",
  deepLinking: true,
  // It would ask a server of its makers.
  validatorUrl: null,
  // Without a token, calls go as whoever is signed in here; those need the token of a form.
  requestInterceptor: (request) => {
    if (new URL(request.url, location.href).origin === location.origin) {
      request.headers["X-CSRFToken"] = docs.dataset.token;
    }
    return request;
  },
});
