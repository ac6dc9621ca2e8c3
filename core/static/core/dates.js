// Beside a date, as it is typed: which day it is, with its weekday, so that nobody takes 05/06/2026
// for a day in May. What the server would refuse is said at once. How days are written here, and
// what they are called, the page brings in its catalogue (core/backoffice/dates.py).
"use strict";

(() => {
  const FIELDS = ".vDateField, .vCustomDateField";
  const know = (name) => globalThis.get_format(name);

  // The parts of a format, as Python reads them.
  const ENGLISH = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  const PARTS = {
    Y: "(\\d{4})",
    y: "(\\d{2})",
    m: "(1[0-2]|0?[1-9])",
    d: "(3[01]|[12]\\d|0?[1-9])",
    b: `(${ENGLISH.join("|")})`,
  };

  const folded = (word) => word.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

  function monthOf(word) {
    const begun = folded(word);
    if (begun.length < 3) return "";
    const place = know("MONTHS_READ").findIndex((names) => names.some((name) => name.startsWith(begun)));
    return ENGLISH[place] ?? "";
  }

  function isWeekday(word) {
    const begun = folded(word);
    return begun.length > 1 && know("WEEKDAYS_READ").some((name) => name.startsWith(begun));
  }

  // As core/text/days.py does: without the weekday, and the month in the letters of a format.
  function plain(text) {
    const words = text.trim().replace(/\s+/g, " ").match(/\p{L}+|[^\p{L}]+/gu) ?? [];
    if (words.length > 1 && isWeekday(words[0])) {
      words.shift();
      words[0] = words[0].replace(/^[ .,]+/, "");
    }
    const months = words.map(monthOf);
    if (months.some(Boolean)) {
      return months.map((month, place) => month || words[place]).join("").replace(/[\s.,]+/g, " ").trim();
    }
    return words.join("").replace(/\s*([./-])\s*/g, "$1").trim();
  }

  function pattern(format) {
    const names = [];
    const text = format.replace(/%(\w)|\s+|[.]/g, (sign, name) => {
      if (!name) return sign === "." ? "\\." : "\\s+";
      names.push(name);
      return PARTS[name];
    });
    return { names, shape: new RegExp(`^${text}$`, "i") };
  }

  const patterns = () => know("DATE_INPUT_FORMATS").map(pattern);

  // Two digits are a year from 1969 to 2068, as Python has it.
  const inFull = (year) => +year + (year < 69 ? 2000 : 1900);

  function dayOf({ names, shape }, text) {
    const found = shape.exec(text);
    if (!found) return null;
    const parts = Object.fromEntries(names.map((name, place) => [name, found[place + 1]]));
    const year = parts.Y ?? inFull(parts.y);
    const month = parts.b ? ENGLISH.findIndex((name) => name.toLowerCase() === parts.b.toLowerCase()) : parts.m - 1;
    const day = new Date(Date.UTC(2000, month, parts.d));
    day.setUTCFullYear(year, month, parts.d);
    return day.getUTCDate() === +parts.d && day.getUTCMonth() === month ? day : null;
  }

  function read(text) {
    const asked = plain(text);
    for (const each of patterns()) {
      const day = dayOf(each, asked);
      if (day) return day;
    }
    return null;
  }

  const two = (number) => String(number).padStart(2, "0");

  // A day in a format of Django's.
  const SIGNS = {
    D: (day) => know("WEEKDAYS")[(day.getUTCDay() + 6) % 7],
    M: (day) => know("MONTHS")[day.getUTCMonth()],
    d: (day) => two(day.getUTCDate()),
    j: (day) => day.getUTCDate(),
    m: (day) => two(day.getUTCMonth() + 1),
    n: (day) => day.getUTCMonth() + 1,
    Y: (day) => day.getUTCFullYear(),
  };
  const written = (day) => know("WEEKDAY_FORMAT").replace(/[DMdjmnY]/g, (sign) => SIGNS[sign](day));

  function described(text) {
    if (!text) return ["", ""];
    const day = read(text);
    if (!day) return [know("DAY_HELP"), "bad"];
    const [first, last, help] = know("DAY_RANGE");
    const year = day.getUTCFullYear();
    return year < first || year > last ? [help, "bad"] : [written(day), ""];
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
    const [text, kind] = described(field.value.trim());
    if (hint.textContent !== text) hint.textContent = text;
    hint.dataset.kind = kind;
  }

  // The calendar fills its field without a word, and then focuses it.
  for (const event of ["input", "change", "focusin"]) {
    document.addEventListener(event, ({ target }) => {
      if (target.matches?.(FIELDS) && globalThis.get_format) show(target);
    });
  }
  // Whoever comes back to the page finds what the browser puts back.
  for (const event of ["DOMContentLoaded", "pageshow"]) {
    addEventListener(event, () => {
      if (globalThis.get_format) document.querySelectorAll(FIELDS).forEach(show);
    });
  }
})();
