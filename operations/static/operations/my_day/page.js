// The whole page, made to show the day as it is now.
import { clock, longDate, nearName, shortDate, timeOf } from "./dates.js";
import { day, finished, left } from "./day.js";
import { fillJob, openJob } from "./job.js";
import { byId, keepingFocus, place, put, slot } from "./template.js";
import { counted, word } from "./words.js";

const key = (part) => part.key;
let hasOpened = false;

export function render() {
  if (!day.isLoaded) return;
  openOne();
  keepingFocus(renderAll, byId("days"));
}

const jobsToday = () => day.days.find(({ date }) => date === day.today)?.jobs ?? [];

// At first, what is under way is open, or else what comes first.
function openOne() {
  const ordered = [...jobsToday(), ...day.overdue];
  const one = ordered.find((job) => job.status === "in_progress") ?? ordered[0];
  if (one && !hasOpened) openJob(one);
  hasOpened = true;
}

function renderAll() {
  const parts = sections();
  byId("date").textContent = longDate(day.today);
  byId("more").hidden = !day.more;
  place(byId("chips"), parts, { name: "chip", key, fill: fillChip });
  place(byId("days"), parts, { name: "section", key, fill: fillSection });
}

function sections() {
  const later = day.days.filter((each) => each.date !== day.today);
  const all = [
    section("overdue", day.overdue),
    section("today", jobsToday(), day.today),
    ...later.map((each) => section(each.date, each.jobs, each.date)),
    section("finished", [...finished.values()]),
  ];
  const isEmpty = all.every((each) => !each.jobs.length);
  return isEmpty ? [] : all.filter((each) => each.key === "today" || each.jobs.length);
}

function section(key, found, date) {
  const near = date ? nearName(date, day.today) : word(key);
  const [name, chip] = near ? [near, near] : [longDate(date), shortDate(date)];
  return { key, jobs: found, name, chip, date: near && date && longDate(date) };
}

function fillChip(node, part) {
  put(node, { name: part.chip, number: `${part.jobs.length || ""}` });
  node.firstElementChild.href = `#day-${part.key}`;
}

function fillSection(node, part) {
  node.id = `day-${part.key}`;
  node.ariaLabel = part.name;
  put(node, { name: part.name, date: part.date, count: amount(part.jobs) });
  fillNext(slot(node, "next"));
  place(slot(node, "jobs"), part.jobs, {
    name: "job",
    key: (job) => job.id,
    fill: (row, job) => fillJob(row, job, { isOverdue: part.key === "overdue" }),
  });
}

function amount(found) {
  const tasks = found.reduce((sum, job) => sum + left(job), 0);
  return counted("jobs", found.length) + (tasks ? ` · ${counted("tasks_left", tasks)}` : "");
}

function fillNext(link) {
  const next = day.days.find((each) => each.date > day.today && each.jobs.length);
  if (!next) return;
  const { title, start_time: from } = next.jobs[0];
  const date = nearName(next.date, day.today) || longDate(next.date);
  link.textContent = word("next_up", { date, job: `${clock(from)} ${title}`.trim() });
  link.href = `#day-${next.date}`;
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
