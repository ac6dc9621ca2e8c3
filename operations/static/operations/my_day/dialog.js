// Questions to the person. Whatever closes one but its main button answers no.
import { clock, shortDate } from "./dates.js";
import { byId, place, put, slot } from "./template.js";
import { counted, FIELDS, label, word } from "./words.js";

function ask(dialog) {
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((answer) => {
    dialog.onclose = () => answer(dialog.returnValue === "yes");
  });
}

export async function askReason(job) {
  put(byId("hold"), { name: `${job.number} · ${job.title}` });
  byId("reason").value = "";
  return (await ask(byId("hold"))) ? byId("reason").value.trim() : "";
}

export function suggestReason(text) {
  byId("reason").value = text;
  byId("reason").focus();
}

export function askSignOut(n) {
  put(byId("unsent"), { title: counted("unsent", n) });
  return ask(byId("unsent"));
}

// Shows each field that somebody else changed beside what was asked for here.
export function askConflict({ before, change, current, detail }) {
  const dialog = byId("conflict");
  const isTold = (field) => field in change || current[field] !== before[field];
  put(dialog, { title: word("conflict", { name: current.title }), detail });
  place(slot(dialog, "values"), FIELDS.filter(isTold), {
    name: "difference",
    key: (field) => field,
    fill(row, field) {
      const yours = field in change ? said(field, change) : "–";
      put(row, { field: label("fields", field), theirs: said(field, current), yours });
    },
  });
  return ask(dialog);
}

function said(field, row) {
  const value = row[field];
  if (field === "status") return label("job_status", value);
  if (field === "priority") return label(field, value);
  if (field === "scheduled_date" && value) return shortDate(value);
  return (field.endsWith("_time") ? clock(value) : value) || word("nothing");
}
