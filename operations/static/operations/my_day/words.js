// What the page says, in its language; days and times as people say them.
const WORDS = JSON.parse(document.getElementById("words").textContent);
const filled = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

export const word = (name, values = {}) => filled(WORDS[name], values);
const TIME = { hour: word("hour"), minute: "2-digit" };

export const counted = (name, n) => filled(WORDS[name][n === 1 ? 0 : 1], { n });

export const label = (group, key) => WORDS[group][key];

export const FIELDS = Object.keys(WORDS.fields);

// A day is "2026-11-24", as the API has it.
const asUtc = (day, time = "00:00") => new Date(`${day}T${time}Z`);
const formatted = (moment, options) => new Intl.DateTimeFormat(word("locale"), options).format(moment);
const day = (options) => (...at) => formatted(asUtc(...at), { ...options, timeZone: "UTC" });

export const longDate = day({ weekday: "long", day: "numeric", month: "long" });
export const shortDate = day({ weekday: "short", day: "numeric", month: "short" });
export const dayOnly = day({ day: "numeric", month: "short" });

export const timeOf = (moment) => formatted(moment, TIME);
export const dayAndTime = (moment) => formatted(moment, { ...TIME, weekday: "long" });

export const clock = (time) => (time ? day(TIME)(1970, time) : "");

// The Swedish write a date as computers do.
export const localDay = () => new Date().toLocaleDateString("sv");

const next = (date) => new Date(+asUtc(date) + 864e5).toISOString().slice(0, 10);

export const nearName = (date, today) =>
  ({ [today]: word("today"), [next(today)]: word("tomorrow") })[date];
