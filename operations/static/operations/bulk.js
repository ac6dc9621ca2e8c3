// What is done to many jobs is sent some at a time, so that a person sees how far it is.

import { soon } from "./job_form/ask.js";
import { schedule } from "./job_form/schedule.js";

const AT_ONCE = 25;

const form = document.getElementById("bulk");
const words = form.dataset;
const progress = form.querySelector(".jobops-bulk-progress");
const bar = progress.querySelector("progress");
const text = progress.querySelector("span");
const button = form.querySelector("button[type=submit]");

const waiting = () => [...form.querySelectorAll("input[name=job]")];

async function send(inputs) {
  const body = new FormData(form);
  body.delete("job");
  for (const input of inputs) {
    body.append("job", input.value);
  }
  return fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } });
}

function show(key, outcome) {
  const row = form.querySelector(`tr[data-job="${key}"]`);
  row.dataset.state = outcome.problem ? "refused" : "done";
  const what = row.querySelector("[data-what]")?.textContent;
  // Without its input: it is not sent again.
  row.querySelector(".jobops-outcome").textContent =
    outcome.problem || [words.done, what, ...outcome.warnings].filter(Boolean).join(" · ");
  if (outcome.problem) return;
  for (const cell of row.querySelectorAll("[data-cell]")) {
    cell.textContent = outcome[cell.dataset.cell];
    if (cell.dataset.status) cell.dataset.status = outcome.status;
  }
}

// All parts are one act, which one address undoes.
function offerUndo(address) {
  if (!address) return;
  const undo = form.querySelector("[data-undo]");
  undo.querySelector("a").href = address;
  undo.hidden = false;
}

function tell() {
  const number = (state) => form.querySelectorAll(`tr[data-state=${state}]`).length;
  const [done, refused] = [number("done"), number("refused")];
  const parts = [words.summary.replace("%d", done)];
  if (refused) {
    parts.push(words.refused.replace("%d", refused));
  }
  text.textContent = parts.join(", ");
}

async function sendAll() {
  const all = waiting();
  bar.max = all.length;
  bar.value = 0;
  progress.hidden = false;
  text.textContent = words.working;
  for (let start = 0; start < all.length; start += AT_ONCE) {
    const response = await send(all.slice(start, start + AT_ONCE));
    const { outcomes, undo } = response.ok ? await response.json() : {};
    if (!outcomes) {
      // The page itself says what is wrong.
      form.submit();
      return;
    }
    for (const [key, outcome] of Object.entries(outcomes)) {
      show(key, outcome);
    }
    offerUndo(undo);
    bar.value = Math.min(start + AT_ONCE, all.length);
    tell();
  }
  button.hidden = true;
  // What is done is told above; this told what would be.
  form.querySelector("[data-ahead]").hidden = true;
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  event.stopPropagation();
  if (button.disabled) {
    return;
  }
  button.disabled = true;
  try {
    await sendAll();
  } catch {
    text.textContent = words.left;
  } finally {
    button.disabled = false;
  }
});

// Beside each job, what is about to become of it: to whom it goes or when, what that technician has
// that day, and what clashes, with their other jobs or among these.
const said = form.querySelector("[data-schedule]");
const keys = () => waiting().slice(0, 300).map((input) => input.value.split(":")[0]);
const unknown = new Map([...form.querySelectorAll("[data-foreseen]")].map((told) => [told, told.textContent]));

function clashOf({ text: words_, url }) {
  const clash = Object.assign(document.createElement("small"), { className: "jobops-clash", textContent: words_ });
  if (url) {
    const link = Object.assign(document.createElement("a"), { href: url, target: "_blank", rel: "noopener" });
    link.textContent = words.look;
    clash.append(" ", link);
  }
  return clash;
}

let asked = 0;
async function foresee() {
  if (!waiting().length) return;
  asked += 1;
  const turn = asked;
  const body = new FormData(form);
  body.append("foresee", "yes");
  const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } })
    .then((response) => (response.ok ? response.json() : null))
    .catch(() => null);
  if (!answer || turn !== asked) return;
  for (const row of form.querySelectorAll("tr[data-state=waiting]")) {
    const told = row.querySelector("[data-foreseen]");
    const known = answer.jobs[row.dataset.job];
    told.textContent = known?.text ?? unknown.get(told);
    if (known?.clash) told.append(" ", clashOf(known.clash));
  }
}

// A hand-over has shown it all beforehand.
if (form.querySelector("[data-foreseen]:not([data-what])")) {
  const foreseeSoon = soon(foresee);
  const asks = ({ target }) => target.name !== "reason" && foreseeSoon();
  form.addEventListener("change", asks);
  // select2 tells of a choice by jQuery alone.
  globalThis.django?.jQuery?.(form).on("select2:select select2:unselect", asks);
  if (said) {
    said.addEventListener("jobops:slot", foreseeSoon);
    schedule(said, keys);
  }
  // Whoever was quicker than this script has chosen already; so has one who comes back to the page,
  // where the browser puts back what they chose.
  const isChosen = () => [...form.querySelectorAll(".jobops-narrow select")].some((select) => select.value);
  addEventListener("pageshow", () => isChosen() && foreseeSoon());
}
