// A box to type in that offers what is found, to be chosen by mouse or keys (the pattern
// "combobox" of the ARIA authoring practices).

import { soon } from "./ask.js";
import { word } from "./words.js";

let made = 0;

// `find` answers what is offered for a text: {text, meta, barred, warn}; `pick` takes what is chosen.
// `isHere`: there is nothing to be asked for, so nothing is waited for.
export function combobox(input, { find, pick, nothing, opensEmpty = false, isHere = false }) {
  made += 1;
  const list = document.createElement("ul");
  list.id = `offered-${made}`;
  list.className = "jobops-offered";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", word("offered"));
  list.hidden = true;
  input.after(list);
  for (const [name, value] of Object.entries({
    role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id,
  })) input.setAttribute(name, value);

  let offered = [];
  let at = -1;
  // Chosen before the answer was there: it is taken as soon as it comes.
  let hurried = false;
  // Is somebody at it? What comes to be known meanwhile is offered too.
  let isWanted = false;

  function mark(place) {
    at = place;
    [...list.children].forEach((item, number) => item.setAttribute("aria-selected", String(number === at)));
    const item = list.children[at];
    if (item) {
      input.setAttribute("aria-activedescendant", item.id);
      item.scrollIntoView({ block: "nearest" });
    } else input.removeAttribute("aria-activedescendant");
  }

  // What is still on its way is not offered either.
  function close() {
    list.hidden = true;
    asked += 1;
    waiting = hurried = isWanted = false;
    input.setAttribute("aria-expanded", "false");
    mark(-1);
  }

  const line = (tag, text) => Object.assign(document.createElement(tag), { textContent: text });

  function itemOf(each, number) {
    const item = document.createElement("li");
    item.id = `${list.id}-${number}`;
    item.setAttribute("role", "option");
    item.append(line("span", each.text));
    if (each.meta) item.append(line("small", each.meta));
    if (each.warn) item.append(Object.assign(line("small", each.warn), { className: "jobops-warn" }));
    if (each.barred) item.setAttribute("aria-disabled", "true");
    item.addEventListener("pointerdown", (event) => event.preventDefault());
    item.addEventListener("click", () => choose(number));
    return item;
  }

  // Above the box, where there is more room than below.
  function place() {
    const { top, bottom } = input.getBoundingClientRect();
    const foot = document.getElementById("submit-row")?.getBoundingClientRect().top ?? innerHeight;
    const below = Math.min(innerHeight, foot) - bottom;
    list.classList.toggle("jobops-above", below < Math.min(list.offsetHeight, 320) && top > below);
  }

  function show(found) {
    offered = found;
    list.replaceChildren(...found.map(itemOf));
    if (!found.length && nothing && input.value.trim()) {
      list.append(Object.assign(line("li", nothing()), { className: "jobops-nothing" }));
      list.lastChild.setAttribute("role", "option");
      list.lastChild.setAttribute("aria-disabled", "true");
    }
    list.hidden = !list.children.length;
    place();
    input.setAttribute("aria-expanded", String(!list.hidden));
    mark(found.findIndex((each) => !each.barred));
    if (hurried && at >= 0) choose(at);
    hurried = false;
  }

  function choose(number) {
    const each = offered[number];
    if (!each || each.barred) return;
    close();
    pick(each);
  }

  let asked = 0;
  async function look() {
    const text = input.value.trim();
    if (!text && !opensEmpty) {
      close();
      return;
    }
    asked += 1;
    const turn = asked;
    waiting = isWanted = true;
    let found = null;
    try {
      found = await find(text);
    } finally {
      if (turn === asked) waiting = false;
    }
    if (found && turn === asked && document.activeElement === input) show(found);
  }

  let waiting = false;
  const lookSoon = isHere ? look : soon(() => waiting && look());

  input.addEventListener("input", () => {
    waiting = true;
    lookSoon();
  });
  input.addEventListener("focus", () => opensEmpty && look());
  input.addEventListener("click", () => list.hidden && opensEmpty && look());
  input.addEventListener("blur", () => setTimeout(() => document.activeElement !== input && close(), 100));
  input.addEventListener("keydown", (event) => {
    const { key } = event;
    if (event.ctrlKey || event.metaKey || event.isComposing) return;
    if (key === "Enter") {
      event.preventDefault();
      if (waiting) hurried = true;
      else if (!list.hidden) choose(at);
    } else if (key === "Escape") {
      if (!list.hidden) {
        event.preventDefault();
        event.stopPropagation();
      }
      close();
    } else if (key === "ArrowDown" || key === "ArrowUp") {
      event.preventDefault();
      if (list.hidden) look();
      else if (offered.length) mark((at + (key === "ArrowDown" ? 1 : -1) + offered.length) % offered.length);
    } else if (key === "Tab") close();
  });

  // Whoever was quicker than this script stands in the box, or has typed.
  if (document.activeElement === input && (opensEmpty || input.value !== input.defaultValue)) look();

  return { close, refresh: () => isWanted && look() };
}
