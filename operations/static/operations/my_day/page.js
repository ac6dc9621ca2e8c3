// The page, showing the day as it is now.
import { day, done, isDone, left, shown } from "./day.js";
import { fillJob, openFirst } from "./job.js";
import { byId, keepingFocus, place, put, slot } from "./template.js";
import { clock, counted, longDate, nearName, shortDate, timeOf, word } from "./words.js";

const MOMENT = 8000;
const last = {};
let ending;
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
  today.next = later.find(({ jobs }) => jobs.length);
  const days = [late, today, ...later];
  const jobs = done().filter((job) => !days.some((each) => each.jobs.includes(job)));
  const all = [...days, { ...named("finished"), jobs, open: jobs }];
  return all.filter((each) => each === today || each.jobs.length);
}

// What is completed here stays where it stood: nothing moves under the thumb.
function section(id, all, date) {
  const jobs = all.filter((job) => !isDone(job));
  last[id]?.forEach((before, place) => {
    const job = done().find((each) => each.id === before.id);
    if (job) jobs.splice(place, 0, job);
  });
  last[id] = jobs;
  return { ...named(id, date), jobs, open: jobs.filter((job) => !isDone(shown(job))) };
}

function named(id, date) {
  const near = date ? nearName(date, day.today) : word(id);
  const [long, chip] = date ? [longDate(date), shortDate(date)] : [];
  return { id, name: near ?? long, chip: near ?? chip, date: near && long };
}

function fillChip(node, { id, chip, open }) {
  put(node, { name: chip, number: open.length || "" });
  node.firstElementChild.href = `#day-${id}`;
}

function fillSection(node, { id, name, date, jobs, open, next }) {
  node.id = `day-${id}`;
  node.ariaLabel = name;
  put(node, { name, date, count: amount(open) });
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

// Quietly where all is well, aloud where not; what can be undone, in sight for a moment.
export function tell(text, id = "") {
  const toast = byId("toast");
  toast.dataset.id = id;
  put(toast, { text });
  clearTimeout(ending);
  ending = setTimeout(() => toast.matches(":focus-within") || (toast.dataset.id = ""), MOMENT);
}

export const warn = (text) => put(byId("alert"), { text });
