// A form is sent where there is a signal, and once, however often its button is pressed.
"use strict";

// Without a signal, what was typed stays: the browser would show a page of its own, from which there
// is no way back to it. Before anybody else hears of it, as a dialog sends its form by itself.
document.addEventListener("submit", (event) => {
  const words = document.getElementById("jobops-no-signal")?.dataset;
  document.querySelector(".jobops-no-signal")?.remove();
  if (navigator.onLine || !words || event.target.method !== "post") return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const says = { className: "jobops-no-signal", role: "alert", textContent: words.none };
  // Within the form: a dialog takes a tap on anything else for one that closes it.
  event.target.append(Object.assign(document.createElement("p"), says));
}, true);

window.addEventListener("online", () => {
  const said = document.querySelector(".jobops-no-signal");
  if (said) said.textContent = document.getElementById("jobops-no-signal").dataset.back;
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  // What answers with a file leaves its page as it is, to be sent again.
  if (form.method === "post" && !form.hasAttribute("hx-post") && !("again" in form.dataset)) {
    form.dataset.sent = "yes";
  }
});

// Where nobody is signed in, the phone keeps nobody's day.
document.addEventListener("DOMContentLoaded", async () => {
  if (!document.body.classList.contains("login")) return;
  if (location.pathname.endsWith("/logout/")) forgetNotes();
  for (const name of (await globalThis.caches?.keys()) ?? []) {
    if (name.startsWith("my-day-of-")) await caches.delete(name);
  }
});

// Those typed and not saved outlast a session that is over, not a sign-out.
function forgetNotes() {
  for (const name of Object.keys(localStorage)) {
    if (name.startsWith("my-day:")) localStorage.removeItem(name);
  }
}

// Coming back by the browser's history shows a page that may be sent again.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
  }
});

// A dialog opened in place for which there is no answer, as when the session is over or the job is
// no longer theirs, becomes a page of its own, with what was typed.
document.addEventListener("htmx:responseError", ({ detail: { elt, xhr } }) => {
  if (![401, 403, 404].includes(xhr.status)) return;
  if (elt.matches("form[hx-post]")) {
    elt.action = elt.getAttribute("hx-post");
    elt.submit();
  } else if (elt.matches("a[hx-get]")) {
    location.assign(elt.href);
  }
});

// A button that copies the text of its field, and says that it did.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copies]");
  if (!button) return;
  const field = document.getElementById(button.dataset.copies);
  field.select();
  // Browsers offer this on https and on localhost; elsewhere the text stands selected.
  if (!navigator.clipboard) return;
  await navigator.clipboard.writeText(field.value);
  button.textContent = button.dataset.copied;
});

// A list that somebody comes back to by the way that a row offers stands as it was left.
const left = `left:${location.pathname}`;
const asks = `back:${location.pathname}`;

window.addEventListener("pagehide", () => {
  if (document.getElementById("changelist")) sessionStorage.setItem(left, scrollY);
});
document.addEventListener("click", ({ target }) => {
  const way = target.closest?.("[data-back]");
  if (way) sessionStorage.setItem(`back:${way.pathname}`, "yes");
});
window.addEventListener("load", () => {
  if (!document.getElementById("changelist") || !sessionStorage.getItem(asks)) return;
  sessionStorage.removeItem(asks);
  scrollTo(0, Number(sessionStorage.getItem(left)));
});
