// The sites of a job's form: those of the customer that is chosen, and a new one is theirs.

const $ = window.django.jQuery;

export function sitesOf(customer, site) {
  $.ajaxPrefilter((request) => {
    const asks = new URLSearchParams(typeof request.data === "string" ? request.data : "");
    if (asks.get("field_name") === "site") {
      request.data = `${request.data}&customer=${encodeURIComponent(customer.value)}`;
    }
  });

  function giveCustomer() {
    const add = document.getElementById("add_id_site");
    if (!add) return;
    const url = new URL(add.href);
    url.searchParams.set("customer", customer.value);
    add.href = url.href;
  }

  let chosen = customer.value;
  giveCustomer();
  $(customer).on("change", () => {
    if (customer.value !== chosen && site.value) $(site).val(null).trigger("change");
    chosen = customer.value;
    giveCustomer();
  });
}
