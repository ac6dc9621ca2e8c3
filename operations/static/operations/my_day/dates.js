// Days and times as people say them. A day is "2026-11-24", as the API has it.
import { word } from "./words.js";

const asUtc = (day) => new Date(`${day}T00:00:00Z`);
const said = (moment, options) => new Intl.DateTimeFormat(word("locale"), options).format(moment);
const day = (options) => (date) => said(asUtc(date), { ...options, timeZone: "UTC" });

export const longDate = day({ weekday: "long", day: "numeric", month: "long" });
export const shortDate = day({ weekday: "short", day: "numeric", month: "short" });
export const dayOnly = day({ day: "numeric", month: "short" });

export const clock = (time) => (time ?? "").slice(0, 5);

// The Swedish write a date as computers do.
export const localDay = () => new Date().toLocaleDateString("sv");

const next = (date) => new Date(+asUtc(date) + 864e5).toISOString().slice(0, 10);

export function nearName(date, today) {
  if (date === today) return word("today");
  return date === next(today) ? word("tomorrow") : "";
}

const TIME = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };

export const timeOf = (moment) => said(moment, TIME);

export const dayAndTime = (moment) => said(moment, { ...TIME, weekday: "long" });
