// Notes typed and not saved yet: each person's apart.
import { erase, names, read, write } from "./storage.js";

const PREFIX = `my-day:${document.body.dataset.user}:note:`;

// What is saved by now is not unsent, whoever saved it.
export function unsent(task) {
  const note = JSON.parse(read(PREFIX + task.id));
  if (note?.text !== task.note) return note;
  drop(task);
  return null;
}

export const all = () =>
  names()
    .filter((name) => name.startsWith(PREFIX))
    .map((name) => ({ ...JSON.parse(read(name)), id: Number(name.slice(PREFIX.length)) }));

// With the version typed on, and the name by which it is told if its task goes.
export function type(task, text) {
  if (text === task.note) drop(task);
  else keep(task, { text, title: task.title, version: unsent(task)?.version ?? task.version });
}

const keep = (task, note) => write(PREFIX + task.id, JSON.stringify(note));

export const drop = (task) => erase(PREFIX + task.id);

// The person knows what is in a version of their own.
export function follow(task, before) {
  const note = unsent(task);
  if (note?.version === before) keep(task, { ...note, version: task.version });
}
