// What the person does, and what time brings.
import { move, progress } from "./changes.js";
import { isDone, jobOf } from "./day.js";
import { askReason, askSignOut } from "./dialog.js";
import { toggle } from "./job.js";
import * as notes from "./notes.js";
import { render, warn } from "./page.js";
import { dismiss } from "./quotes.js";
import { load } from "./refresh.js";
import { forget, read, setUp, write } from "./storage.js";
import { openNote } from "./task.js";
import { byId } from "./template.js";
import { word } from "./words.js";

const MINUTE = 60000;
const AHEAD = "my-day-ahead";
const before = new Map();

const ACTS = {
  refresh: load,
  hear: () => warn(""),
  dismiss: ({ button }) => dismiss(button.closest(".quote").dataset.id),
  suggest({ button }) {
    byId("reason").value = button.textContent;
    byId("reason").focus();
  },
  toggle: ({ job }) => render(toggle(job)),
  note: ({ task, button }) => openNote(task, button.closest(".task")),
  "save-note": ({ job, task }) => progress(job, task),
  start: ({ job, task }) => (task ? progress(job, task, "in_progress") : move(job, "start")),
  done({ job, task }) {
    before.set(task.id, task.status);
    return progress(job, task, "completed");
  },
  // Back to where the task was; what was done before this page, by one step.
  undo({ job, task }) {
    const last = before.get(task.id) ?? "in_progress";
    return progress(job, task, isDone(task) ? last : "pending");
  },
  async hold({ job }) {
    const reason = await askReason(job);
    if (reason) await move(job, "hold", reason);
  },
};

function whatOf(element) {
  const idOf = (kind) => Number(element.closest(kind)?.dataset.id);
  const job = jobOf(idOf(".job, #toast"));
  return { job, task: job?.tasks.find(({ id }) => id === idOf(".task")) };
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-act]");
  const verb = button?.dataset.act;
  const act = ACTS[verb] ?? (({ job }) => move(job, verb));
  if (button) act({ button, ...whatOf(button) });
});

byId("days").addEventListener("input", (event) => {
  notes.type(whatOf(event.target).task, event.target.value);
  render();
});

byId("sign-out").addEventListener("submit", async (event) => {
  event.preventDefault();
  const unsent = notes.all().length;
  if (unsent && !(await askSignOut(unsent))) return;
  // Else the session would go on, and the day be gone.
  if (!(await fetch("/healthz").catch(() => null))) return warn(word("sign_out_later"));
  await forget();
  event.target.submit();
});

byId("ahead").addEventListener("change", ({ target }) => load(write(AHEAD, target.value)));

const loadIfSeen = () => document.hidden || load();
document.addEventListener("visibilitychange", loadIfSeen);
addEventListener("online", load);
setInterval(loadIfSeen, MINUTE);

document.querySelector(`#ahead [value="${read(AHEAD) ?? 7}"]`).checked = true;
load();
setUp();
