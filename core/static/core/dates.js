// Beside a date, as it is typed: which day it is, with its weekday and month in words, so that
// nobody takes 05/06/2026 for a day in May. What the server would refuse is said at once.
"use strict";

(() => {
  const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
  const MONTHS = [
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
  ];
  const FIELDS = ".vDateField, .vCustomDateField";
  const [FIRST, LAST] = [1900, 2199];
  const HELP = "Write 2026-06-05 or 5 Jun 2026.";
  const RANGE = `Dates lie between ${FIRST} and ${LAST}.`;

  const short = (name) => name.slice(0, 3);
  const oneOf = (names) => `(${names.join("|")})`;
  // The parts of a format, as Python reads them.
  const PARTS = {
    Y: "(\\d{4})",
    m: "(1[0-2]|0?[1-9])",
    d: "(3[01]|[12]\\d|0?[1-9])",
    b: oneOf(MONTHS.map(short)),
    B: oneOf(MONTHS),
    a: oneOf(DAYS.map(short)),
    A: oneOf(DAYS),
  };

  function pattern(format) {
    const names = [];
    const text = format.replace(/%(\w)|\s+|[.]/g, (sign, name) => {
      if (!name) return sign === "." ? "\\." : "\\s+";
      names.push(name);
      return PARTS[name];
    });
    return { names, shape: new RegExp(`^${text}$`, "i") };
  }

  // The forms that the server takes: the page brings them in its catalogue (admin:jsi18n).
  const patterns = () => globalThis.get_format("DATE_INPUT_FORMATS").map(pattern);

  const monthOf = (word) => MONTHS.findIndex((name) => short(name).toLowerCase() === short(word).toLowerCase());

  function dayOf({ names, shape }, text) {
    const found = shape.exec(text);
    if (!found) return null;
    const said = Object.fromEntries(names.map((name, place) => [name, found[place + 1]]));
    const word = said.b ?? said.B;
    const month = word ? monthOf(word) : said.m - 1;
    const day = new Date(Date.UTC(2000, month, said.d));
    day.setUTCFullYear(said.Y, month, said.d);
    return day.getUTCDate() === +said.d && day.getUTCMonth() === month ? day : null;
  }

  function read(text) {
    for (const each of patterns()) {
      const day = dayOf(each, text);
      if (day) return day;
    }
    return null;
  }

  function said(text) {
    if (!text) return ["", ""];
    const day = read(text);
    if (!day) return [HELP, "bad"];
    const year = day.getUTCFullYear();
    if (year < FIRST || year > LAST) return [RANGE, "bad"];
    const name = [short(DAYS[day.getUTCDay()]), day.getUTCDate(), short(MONTHS[day.getUTCMonth()]), year];
    return [name.join(" "), ""];
  }

  function hintOf(field) {
    const id = `${field.id || field.name}-day`;
    const there = document.getElementById(id);
    if (there) return there;
    const hint = document.createElement("p");
    hint.id = id;
    hint.className = "jobops-day";
    hint.setAttribute("role", "status");
    hint.setAttribute("aria-live", "polite");
    field.parentElement.append(hint);
    // In the filter of a list its name is but a placeholder.
    if (!field.labels.length) field.setAttribute("aria-label", field.placeholder);
    field.setAttribute("aria-describedby", `${field.getAttribute("aria-describedby") ?? ""} ${id}`.trim());
    return hint;
  }

  function show(field) {
    const hint = hintOf(field);
    const [text, kind] = said(field.value.trim());
    if (hint.textContent !== text) hint.textContent = text;
    hint.dataset.kind = kind;
  }

  // The calendar fills its field without a word, and then focuses it.
  for (const event of ["input", "change", "focusin"]) {
    document.addEventListener(event, ({ target }) => {
      if (target.matches?.(FIELDS) && globalThis.get_format) show(target);
    });
  }
  document.addEventListener("DOMContentLoaded", () => {
    if (globalThis.get_format) document.querySelectorAll(FIELDS).forEach(show);
  });
})();
