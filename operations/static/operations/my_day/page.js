// The whole page, made to show the day as it is now.
import { day, finished, left } from "./day.js";
import { fillJob, openFirst } from "./job.js";
import { byId, keepingFocus, place, put, slot } from "./template.js";
import { clock, counted, longDate, nearName, shortDate, timeOf, word } from "./words.js";

let opened;

export const render = () => day.at && keepingFocus(renderAll, byId("days"));

function renderAll() {
  const parts = sections();
  opened ??= openFirst([...jobsToday(), ...day.overdue]);
  byId("date").textContent = longDate(day.today);
  byId("more").hidden = !day.more;
  place(byId("chips"), parts, "chip", fillChip);
  place(byId("days"), parts, "section", fillSection);
}

const jobsToday = () => day.days.find(({ date }) => date === day.today)?.jobs ?? [];

function sections() {
  const past = day.days.filter(({ date }) => date < day.today);
  const late = section("overdue", [...day.overdue, ...past.flatMap(({ jobs }) => jobs)]);
  const today = section("today", jobsToday(), day.today);
  const ahead = day.days.filter(({ date }) => date > day.today);
  const later = ahead.map(({ date, jobs }) => section(date, jobs, date));
  const done = { ...section("finished", []), jobs: [...finished.values()] };
  today.next = later.find(({ jobs }) => jobs.length);
  return [late, today, ...later, done].filter((each) => each === today || each.jobs.length);
}

function section(id, all, date) {
  const near = date ? nearName(date, day.today) : word(id);
  const [name, chip] = near ? [near, near] : [longDate(date), shortDate(date)];
  const jobs = all.filter((job) => !finished.has(job.id));
  return { id, jobs, name, chip, date: near && date && longDate(date) };
}

function fillChip(node, { id, chip, jobs }) {
  put(node, { name: chip, number: jobs.length || "" });
  node.firstElementChild.href = `#day-${id}`;
}

function fillSection(node, { id, name, date, jobs, next }) {
  node.id = `day-${id}`;
  node.ariaLabel = name;
  put(node, { name, date, count: amount(jobs) });
  if (next) fillNext(slot(node, "next"), next);
  place(slot(node, "jobs"), jobs, "job", fillJob);
}

function amount(jobs) {
  const tasks = jobs.reduce((sum, job) => sum + left(job), 0);
  return counted("jobs", jobs.length) + (tasks ? ` · ${counted("tasks_left", tasks)}` : "");
}

function fillNext(link, { id, name: date, jobs: [first] }) {
  const job = `${clock(first.start_time)} ${first.title}`.trim();
  link.textContent = word("next_up", { date, job });
  link.href = `#day-${id}`;
}

export function renderState(text, kind = "") {
  byId("waiting")?.remove();
  put(byId("state"), { text });
  byId("state").dataset.kind = kind;
}

export function renderLoaded(moment) {
  renderState("");
  put(document, { updated: word("updated", { time: timeOf(moment) }) });
}

// Quietly where all is well, aloud where not.
export const tell = (told) => put(document, { told });

export const warn = (text) => put(byId("alert"), { text });
