// A job as the page shows it: a line that opens.
import { day, isSaving, left, shown } from "./day.js";
import { fillTask } from "./task.js";
import { place, put, slot } from "./template.js";
import { clock, counted, dayOnly, label, word } from "./words.js";

const ME = document.body.dataset;
const open = new Set();

// At first, what is under way is open, or else what comes first.
export function openFirst(jobs) {
  const first = jobs.find(({ status }) => status === "in_progress") ?? jobs[0];
  return first && open.add(first.id);
}

export const toggle = (job) => open.delete(job.id) || open.add(job.id);

export function fillJob(node, saved) {
  const job = shown(saved);
  const { id, status, priority } = job;
  const verbs = (ME.reports && job.verbs?.join(" ")) || "";
  // Counted from its answer on: the phone's clock may be wrong.
  const slip = Date.now() - (job.at ?? day.at) < 1000 * job.undo_seconds;
  const progress = progressOf(saved);
  Object.assign(node.dataset, { status, priority, verbs, slip, progress, todo: left(job) });
  node.ariaBusy = isSaving(saved);
  node.querySelector(".job-head").ariaExpanded = open.has(id);
  fillTimes(node, job);
  fillTexts(node, job);
  lead(slot(node, "map"), mapLink(job.site?.address));
  lead(slot(node, "call"), job.customer.dialled && `tel:${job.customer.dialled}`);
  lead(slot(node, "link"), `/admin/operations/job/${id}/change/`);
  place(slot(node, "tasks"), job.tasks, "task", fillTask);
}

// Whether the person reports on its tasks: as the server last had it, and not as it is to be.
function progressOf({ can_progress: may, status }) {
  if (!ME.reports || !may) return "never";
  return label("tasks_go_on", status) ? "now" : "later";
}

function fillTimes(node, job) {
  const [from, until] = [clock(job.start_time), clock(job.end_time)];
  const isLate = node.closest("#day-overdue");
  const times = { from: from || word("any_time"), until: until && word("until", { time: until }) };
  put(node, isLate ? { from: dayOnly(job.scheduled_date), until: from } : times);
}

function fillTexts(node, job) {
  const { customer, number } = job;
  const { name: site, address, access_notes: access } = job.site ?? {};
  const isMine = job.assigned_to?.id === +ME.user;
  const [all, todo] = [job.tasks.length, left(job)];
  const done = all ? word("tasks_done", { done: all - todo, all }) : word("no_tasks");
  slot(node, "meter").style.inlineSize = all ? `${100 - (100 * todo) / all}%` : 0;
  put(node, {
    ...texts(node, job),
    site,
    address,
    access,
    customer: customer.name,
    phone: customer.phone,
    place: joined([customer.name, site], ", "),
    priority: label("priority", job.priority),
    status: label("job_status", job.status),
    count: joined([number, done, isMine ? "" : job.assigned_to?.name], "\u00a0· "),
    hint: counted("finish_first", todo),
    link: word("back_office", { number }),
  });
}

// Texts that have a place.
const texts = (node, job) =>
  Object.fromEntries(Object.entries(job).filter(([name, text]) => text?.trim && slot(node, name)));

const joined = (all, sign) => all.filter(Boolean).join(sign);

function lead(link, address) {
  link.href = address;
  if (!address) link.removeAttribute("href");
}

const mapLink = (address) =>
  address && ME.map + encodeURIComponent(address.replace(/\s+/g, " "));
