// What was typed for what is no longer theirs: in sight, to be copied, until dismissed.
import { call } from "./api.js";
import { hasTask } from "./day.js";
import * as notes from "./notes.js";
import { byId, place, put } from "./template.js";
import { word } from "./words.js";

const reasons = new Map();
let gone = [];

export function quoteReason({ id, title }, text) {
  if (text) reasons.set(`reason-${id}`, { id: `reason-${id}`, title, text });
  render();
}

// A note has lost its task where the server knows none of theirs by that number.
export async function quoteNotes() {
  const strays = notes.all().filter(({ id }) => !hasTask(id));
  const known = await Promise.all(strays.map(isGone));
  gone = strays.filter((_, place) => known[place]);
  render();
}

const isGone = ({ id }) => call(`/api/tasks/${id}`).then(() => false, (error) => Boolean(error.isGone));

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
  put(node, { said: word("quoted", { name: title ?? "" }), typed: text });
