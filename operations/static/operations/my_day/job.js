// A job as the page shows it: a line that opens.
import { clock, dayOnly } from "./dates.js";
import { isAsked, left, shown } from "./day.js";
import { callLink, mapLink } from "./links.js";
import { placeTasks } from "./task.js";
import { put, slot } from "./template.js";
import { counted, label, word } from "./words.js";

const ME = document.body.dataset;
const OWN = `assigned ${ME.user}`;
const GOING = ["pending", "in_progress"];
const open = new Set();

export const openJob = (job) => open.add(job.id);

export const toggle = (job) => open.delete(job.id) || open.add(job.id);

export function fillJob(node, saved, { isOverdue }) {
  const job = shown(saved);
  const { id, status, priority } = job;
  const reports = ME.reports === "all" || `${ME.reports} ${job.assigned_to?.id}` === OWN;
  const can = reports && GOING.includes(status) ? "progress" : "read";
  Object.assign(node.dataset, { job: id, status, priority, can, todo: left(job) });
  node.toggleAttribute("data-reports", reports);
  node.ariaBusy = isAsked(saved);
  node.querySelector(".job-head").ariaExpanded = open.has(id);
  fillTimes(node, job, isOverdue);
  fillTexts(node, job);
  fillLinks(node, job);
  placeTasks(slot(node, "tasks"), job.tasks);
}

function fillTimes(node, job, isOverdue) {
  const [from, until] = [clock(job.start_time), clock(job.end_time)];
  if (isOverdue) return put(node, { from: dayOnly(job.scheduled_date), until: from });
  put(node, { from: from || word("any_time"), until: until && word("until", { time: until }) });
}

function fillTexts(node, job) {
  const { customer, number } = job;
  const site = job.site ?? {};
  const isMine = job.assigned_to?.id === +ME.user;
  const [all, todo] = [job.tasks.length, left(job)];
  const done = all ? word("tasks_done", { done: all - todo, all }) : word("no_tasks");
  slot(node, "meter").style.inlineSize = all ? `${100 - (100 * todo) / all}%` : 0;
  put(node, {
    title: job.title,
    place: joined([customer.name, site.name], ", "),
    priority: label("priority", job.priority),
    status: label("job_status", job.status),
    count: joined([number, done, isMine ? "" : job.assigned_to?.name], " · "),
    site: site.name,
    address: site.address,
    customer: customer.name,
    phone: customer.phone,
    access: site.access_notes,
    description: job.description,
    hint: counted("finish_first", todo),
    link: word("back_office", { number }),
  });
}

const joined = (parts, sign) => parts.filter(Boolean).join(sign);

function fillLinks(node, { id, customer, site }) {
  const links = {
    map: mapLink(site?.address),
    call: callLink(customer.phone),
    link: `/admin/operations/job/${id}/change/`,
  };
  for (const [name, address] of Object.entries(links)) {
    if (address) slot(node, name).href = address;
    else slot(node, name).removeAttribute("href");
  }
}
