// A change: shown at once, sent in its job's turn, confirmed or taken back with the reason.
import { call, NoSignal } from "./api.js";
import { clear, day, expect, isSaving, isWaiting, keyOf, merge, now } from "./day.js";
import { askConflict } from "./dialog.js";
import * as notes from "./notes.js";
import { render, tell, warn } from "./page.js";
import { quoteReason } from "./quotes.js";
import { load } from "./refresh.js";
import { label, word } from "./words.js";

const ONE_TAP = 600;
// As asked for, though by somebody else: what was typed with it is not saved.
const THEIRS = "theirs";
const taps = new Map();
const turns = new Map();

// What is typed beside a task goes with whatever is done to it.
export async function progress(job, task, status) {
  const note = notes.unsent(task);
  const change = { ...(status && { status }), ...(note && { note: note.text }) };
  const begun = job.status === "pending" && status && status !== "pending";
  const send = (version) => call(`/api/tasks/${task.id}`, "PATCH", change, version);
  if (!(await make(task, { job, change, send, version: note?.version, begun }))) return;
  if (note && notes.unsent(task)?.text === note.text) notes.drop(task);
  tell(word(status ? `task_${status}` : "note_saved", { name: task.title }));
  render();
}

export async function move(job, verb, reason = "") {
  const change = { status: label("targets", verb) };
  const send = (version) => call(`/api/jobs/${job.id}/${verb}`, "POST", { reason }, version);
  const made = await make(job, { job, change, send, verb });
  if (made !== true) quoteReason(job, reason);
  if (!made) return;
  const { status, undo_seconds: undo } = now(job);
  tell(word("job_moved", { name: job.title, status: label("job_status", status) }), undo ? job.id : "");
  if (verb === "reopen") load();
  render();
}

// Taps at once, or meanwhile, are one.
async function make(row, asked) {
  const key = keyOf(row);
  if (isSaving(row) || Date.now() - (taps.get(key) ?? 0) < ONE_TAP) return false;
  taps.set(key, Date.now());
  warn("");
  expect(row, asked.change);
  render();
  // Each on the version that the last one of its job made.
  const turn = Promise.resolve(turns.get(asked.job.id)).then(() => attempt(row, asked));
  turns.set(asked.job.id, turn);
  const isDone = await turn;
  clear(row);
  render();
  return isDone;
}

async function attempt(row, asked) {
  const before = { ...now(row) };
  const lost = navigator.onLine ? "not_known" : "not_sent";
  day.moves += 1;
  try {
    notes.follow(merge(row, await asked.send(asked.version ?? before.version)), before.version);
    day.moves += 1;
    // With its task the job has begun: that comes with the day.
    if (asked.begun) await load();
    return true;
  } catch (error) {
    if (error.current) return choose(error, row, { ...asked, before });
    const isLost = error instanceof NoSignal;
    // Perhaps it was but the answer that got lost.
    if (isLost && (await load(), has(row, asked.change))) return true;
    warn(word(isLost ? lost : "not_saved", { name: row.title, reason: error.message }));
    load();
    return false;
  }
}

const has = (row, change) => Object.keys(change).every((name) => now(row)[name] === change[name]);

// What waits is lost with the page.
addEventListener("beforeunload", (event) => isWaiting() && event.preventDefault());

async function choose(error, row, asked) {
  const current = merge(row, error.current);
  if (has(row, asked.change)) return load(), THEIRS;
  const job = asked.verb ? current : await call(`/api/jobs/${current.job}`).catch(() => asked.job);
  if (!goesOn(job, asked.verb)) return giveUp(job);
  const isMine = await askConflict({ ...asked, current, detail: error.message });
  const isDone = isMine && (await attempt(row, { ...asked, version: current.version }));
  if (!isMine) {
    if ("note" in asked.change) notes.drop(row);
    tell(word("theirs_kept", { name: row.title }));
  }
  load();
  return isDone;
}

const goesOn = ({ status, verbs }, verb) =>
  verb ? verbs.includes(verb) : label("tasks_go_on", status);

// Where nothing can be saved any more, nothing is asked.
function giveUp({ title: name, status }) {
  warn(word("overtaken", { name, status: label("in_sentence", status) }));
  load();
  return false;
}
