// Who calls: one box finds them by name, phone or address, or makes them, with what was typed.

import { asker } from "./ask.js";
import { combobox } from "./combobox.js";
import { word } from "./words.js";

// As people write a phone number; shorter ones are rather the number of a house.
const isPhone = (text) => /^\+?[\d\s()/.-]+$/.test(text) && text.replace(/\D/g, "").length >= 5;

export function caller(root) {
  const { url, mayAdd } = root.dataset;
  const find = asker(url);
  const customer = document.getElementById("chosen-customer");
  const input = document.getElementById("caller");
  const box = root.querySelector("[data-find-caller]");
  const made = root.querySelector("[data-new-customer]");
  const site = root.querySelector("[data-site]");
  const sites = document.getElementById("chosen-site");
  const newSite = root.querySelector("[data-new-site]");
  const addSite = root.querySelector("[data-add-site]");
  const card = root.querySelector("[data-card]");
  const field = (name) => root.querySelector(`[name="${name}"]`);

  // What is hidden is not sent.
  function show(fields, shown) {
    if (!fields) return;
    fields.hidden = !shown;
    fields.disabled = !shown;
  }

  function showNewSite(shown) {
    show(newSite, shown);
    addSite?.setAttribute("aria-expanded", String(shown));
    if (shown) sites.value = "";
  }

  function forget() {
    customer.value = "";
    sites.replaceChildren(new Option(word("no_site"), ""));
    site.hidden = true;
    card.replaceChildren();
    showNewSite(false);
  }

  let turn = 0;
  async function choose(id, chosenSite = null) {
    turn += 1;
    const mine = turn;
    const known = await fetch(`${url}${id}/`, { headers: { Accept: "application/json" } })
      .then((response) => (response.ok ? response.json() : null))
      .catch(() => null);
    // Meanwhile somebody else was typed or chosen.
    if (!known || turn !== mine) return;
    forget();
    show(made, false);
    box.hidden = false;
    customer.value = known.id;
    input.value = known.text;
    for (const each of known.sites) sites.add(new Option(each.text, each.id));
    const only = known.sites.length === 1 ? known.sites[0].id : "";
    sites.value = chosenSite ?? only;
    site.hidden = false;
    card.innerHTML = known.html;
    customer.dispatchEvent(new Event("change", { bubbles: true }));
    // One who has several sites is asked which.
    if (known.sites.length > 1 && !chosenSite) sites.focus();
    else document.querySelector("#job_form [name=title]").focus();
  }

  function begin(text) {
    forget();
    show(made, true);
    box.hidden = true;
    showNewSite(true);
    const phone = isPhone(text);
    field("customer-phone").value = phone ? text : "";
    field("customer-name").value = phone ? "" : text;
    field(phone ? "customer-name" : "customer-phone").focus();
  }

  combobox(input, {
    nothing: () => word("nobody"),
    find: async (text) => {
      const answer = await find({ q: text }).catch(() => null);
      if (!answer) return null;
      return mayAdd ? [...answer.found, { text: word("new_customer", { words: text }), fresh: text }] : answer.found;
    },
    pick: ({ id, site: found, fresh }) => (fresh ? begin(fresh) : choose(id, found)),
  });

  // Whoever types on means somebody else; so does who was quicker than this script.
  input.addEventListener("input", () => {
    turn += 1;
    if (customer.value) forget();
  });
  if (customer.value && input.value !== input.defaultValue) forget();
  root.querySelector("[data-find-again]").addEventListener("click", () => {
    show(made, false);
    forget();
    box.hidden = false;
    input.value = field("customer-name").value || field("customer-phone").value;
    input.focus();
    input.dispatchEvent(new Event("input", { bubbles: true }));
  });
  addSite?.addEventListener("click", () => {
    showNewSite(newSite.hidden);
    if (!newSite.hidden) field("site-address").focus();
  });
  sites.addEventListener("change", () => sites.value && showNewSite(false));
  root.addEventListener("click", ({ target }) => {
    const same = target.closest("[data-choose]");
    if (same) choose(same.dataset.choose);
  });
}
