// Who does it: those who are free at the time stand first, and a clash is said beforehand.

import { combobox } from "./combobox.js";
import { word } from "./words.js";

export function technician(root) {
  const input = root.querySelector("input:not([type=hidden])");
  const chosen = root.querySelector("input[type=hidden]");
  const told = root.querySelector("[data-load]");
  // Who is chosen already may be a technician no more.
  const first = { id: chosen.value, text: input.defaultValue };
  let people = [];
  const now = () => [...people, first].find((each) => each.id && String(each.id) === chosen.value);

  const folded = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

  function tell() {
    const person = people.find((each) => String(each.id) === chosen.value);
    told.replaceChildren();
    told.dataset.kind = person?.clash ? "late" : "";
    if (!person) return;
    if (!person.clash) {
      told.textContent = person.meta;
      return;
    }
    told.append(person.clash.text, " ");
    if (person.clash.url) {
      const link = Object.assign(document.createElement("a"), {
        href: person.clash.url, target: "_blank", rel: "noopener", textContent: word("look"),
      });
      told.append(link);
    }
  }

  function pick(person) {
    input.value = person.id ? person.text : "";
    chosen.value = person.id;
    tell();
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }

  const offered = () =>
    people.map((each) => ({
      ...each, warn: each.clash && word("at_that_time", each.clash),
    }));

  const { refresh } = combobox(input, {
    opensEmpty: true,
    isHere: true,
    nothing: () => word("nobody"),
    find: (text) => {
      const words = now()?.text === text ? [] : folded(text).split(/\s+/);
      const found = offered().filter((each) => words.every((part) => folded(each.text).includes(part)));
      return now() ? [...found, { id: "", text: word("nobody_assigned") }] : found;
    },
    pick,
  });

  // What is typed and not chosen names nobody; who is chosen stays, unless the box is emptied.
  function settle() {
    if (!input.value.trim()) chosen.value = "";
    else if (now()) input.value = now().text;
    else if (people.length) input.value = "";
    tell();
  }
  input.addEventListener("blur", settle);
  document.addEventListener("jobops:slot", ({ detail }) => {
    people = detail.people;
    // Whoever was quicker than this script has left the box already.
    if (document.activeElement === input) tell();
    else settle();
    refresh();
  });
  if (document.activeElement !== input) settle();
}
