// What was typed for what is no longer theirs: in sight, to be copied, until dismissed.
import { call } from "./api.js";
import { hasTask } from "./day.js";
import * as notes from "./notes.js";
import { byId, place, put } from "./template.js";
import { label, word } from "./words.js";

const reasons = new Map();
let gone = [];

export function quoteReason({ id, title }, text) {
  if (text) reasons.set(`reason-${id}`, { id: `reason-${id}`, title, text });
  render();
}

// A note has lost its task where the server knows none of theirs by that number, or its job is
// closed.
export async function quoteNotes() {
  const strays = notes.all().filter(({ id }) => !hasTask(id));
  const known = await Promise.all(strays.map(isLost));
  gone = strays.filter((_, place) => known[place]);
  render();
}

async function isLost({ id, text }) {
  try {
    const { job, note } = await call(`/api/tasks/${id}`);
    return note !== text && label("closed", (await call(`/api/jobs/${job}`)).status);
  } catch ({ isGone }) {
    return Boolean(isGone);
  }
}

export function dismiss(id) {
  reasons.delete(id);
  gone.filter((note) => `${note.id}` === id).forEach(notes.drop);
  gone = gone.filter((note) => `${note.id}` !== id);
  render();
}

function render() {
  const before = byId("quotes").childElementCount;
  place(byId("quotes"), [...reasons.values(), ...gone], "quote", fill);
  if (byId("quotes").childElementCount > before) byId("quotes").scrollIntoView({ block: "nearest" });
}

const fill = (node, { title, text }) =>
  put(node, { quoted: word("quoted", { name: title ?? "" }), typed: text });
