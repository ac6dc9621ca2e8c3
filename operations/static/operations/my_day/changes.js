// A change: shown at once, sent in turn, confirmed or taken back with the reason.
import { changeTask, moveJob, NoSignal } from "./api.js";
import { ask, day, finish, keyOf, learn, now, settle } from "./day.js";
import { askConflict } from "./dialog.js";
import * as notes from "./notes.js";
import { render, tell, warn } from "./page.js";
import { load } from "./refresh.js";
import { label, word } from "./words.js";

const TARGETS = { hold: "on_hold", complete: "completed" };
const GOING = "in_progress";
const ONE_TAP = 600;
const taps = new Map();
const busy = new Set();
let turn = Promise.resolve();

// What is typed beside a task goes with whatever is done to it.
export async function progress(job, task, status) {
  const note = notes.unsent(task);
  const change = { ...(status && { status }), ...(note && { note: note.text }) };
  const begins = job.status === "pending" && status && status !== "pending";
  const send = (version) => changeTask(task.id, change, version);
  if (!(await make(task, { job, change, send, version: note?.version, begins }))) return;
  if (note && notes.unsent(task)?.text === note.text) notes.drop(task);
  tell(word(status ? `task_${status}` : "note_saved", { name: task.title }));
  render();
}

export async function move(job, verb, reason = "") {
  const change = { status: TARGETS[verb] ?? GOING };
  const send = (version) => moveJob(job.id, verb, reason, version);
  if (!(await make(job, { job, change, send }))) return;
  if (verb === "complete") finish(now(job));
  tell(word("job_moved", { name: job.title, status: label("job_status", change.status) }));
  render();
}

// What is tapped on a row at once, or meanwhile, is the same tap.
async function make(row, asked) {
  const key = keyOf(row);
  if (busy.has(key) || Date.now() - (taps.get(key) ?? 0) < ONE_TAP) return false;
  taps.set(key, Date.now());
  busy.add(key);
  warn("");
  ask(row, asked.change);
  const begun = asked.begins && { status: GOING };
  if (begun) ask(asked.job, begun);
  render();
  // Each on the version that the last one made.
  turn = turn.then(() => attempt(row, asked));
  const isDone = await turn;
  busy.delete(key);
  settle(row, asked.change);
  if (begun) settle(asked.job, begun);
  render();
  return isDone;
}

async function attempt(row, asked) {
  const before = { ...now(row) };
  day.moves += 1;
  try {
    notes.follow(learn(row, await asked.send(asked.version ?? before.version)), before.version);
    day.moves += 1;
    // With its task the job has begun: its new version comes with the day.
    if (asked.begins) await load();
    return true;
  } catch (error) {
    if (error.current) return choose(error, row, { ...asked, before });
    const isLost = error instanceof NoSignal;
    // Perhaps it was but the answer that got lost.
    if (isLost && (await load(), has(row, asked.change))) return true;
    warn(word(isLost ? "not_known" : "not_saved", { name: row.title, reason: error.message }));
    load();
    return false;
  }
}

const has = (row, change) => Object.keys(change).every((name) => now(row)[name] === change[name]);

// What waits is lost with the page.
addEventListener("beforeunload", (event) => busy.size && event.preventDefault());

async function choose(error, row, asked) {
  const current = learn(row, error.current);
  if (await askConflict({ ...asked, current, detail: error.message })) {
    const isDone = await attempt(row, { ...asked, version: current.version });
    load();
    return isDone;
  }
  if ("note" in asked.change) notes.drop(row);
  tell(word("theirs_kept", { name: row.title }));
  load();
  return false;
}
