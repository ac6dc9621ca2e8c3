// Questions to the person. Whatever closes one but its main button answers no.
import { byId, place, put, slot } from "./template.js";
import { clock, counted, FIELDS, label, shortDate, word } from "./words.js";

let last = Promise.resolve();

// One at a time.
function ask(name, texts, rows) {
  last = last.then(() => open(byId(name), texts, rows));
  return last;
}

function open(dialog, texts, rows) {
  dialog.firstElementChild.reset();
  put(dialog, texts);
  if (rows) place(slot(dialog, "values"), rows, "difference", fillDifference);
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((answer) => {
    dialog.onclose = () => answer(dialog.returnValue === "yes");
  });
}

const fillDifference = (node, { id, ...texts }) => put(node, texts);

export const askSignOut = (n) => ask("unsent", { title: counted("unsent", n) });

export const askReason = async ({ number, title }) =>
  (await ask("hold", { name: `${number} · ${title}` })) && byId("reason").value.trim();

// What somebody else changed, beside what is asked.
export function askConflict({ before, change, current, detail }) {
  const isTold = (field) => field in change || current[field] !== before[field];
  const of = current.number ? "job_status" : "task_status";
  const rows = FIELDS.filter(isTold).map((id) => ({
    id,
    field: label("fields", id),
    theirs: shown(id, current, of),
    yours: id in change ? shown(id, change, of) : word("not_changed"),
  }));
  return ask("conflict", { title: word("conflict", { name: current.title }), detail }, rows);
}

function shown(id, row, of) {
  const value = row[id];
  if (id === "status") return label(of, value);
  if (id === "priority") return label(id, value);
  if (id === "scheduled_date" && value) return shortDate(value);
  return (id.endsWith("_time") ? clock(value) : value) || "–";
}
