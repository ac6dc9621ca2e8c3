// A task as the page shows it.
import { isAsked, shown } from "./day.js";
import { unsent } from "./notes.js";
import { place, put, slot } from "./template.js";
import { label, word } from "./words.js";

const opened = new Set();

export function openNote(task, node) {
  opened.add(task.id);
  fillNote(node, task);
  slot(node, "note").focus();
}

export const placeTasks = (list, tasks) =>
  place(list, tasks, { name: "task", key: (task) => task.id, fill });

function fill(node, saved) {
  const task = shown(saved);
  Object.assign(node.dataset, { task: task.id, status: task.status });
  node.ariaBusy = isAsked(saved);
  put(node, {
    title: task.title,
    status: label("task_status", task.status),
    description: task.description,
    "note-text": task.note,
  });
  place(slot(node, "equipment"), task.equipment, {
    name: "equipment",
    key: (item) => item.id,
    fill: (row, item) => put(row, { name: item.name, serial: item.serial_number }),
  });
  fillNote(node, saved);
  for (const button of node.querySelectorAll("button")) {
    button.ariaLabel = `${button.textContent.trim()}: ${task.title}`;
  }
}

function fillNote(node, task) {
  const note = unsent(task);
  const text = note?.text ?? shown(task).note;
  const field = slot(node, "note");
  if (field.value !== text) field.value = text;
  field.readOnly = !!field.closest("[data-can=read]");
  field.ariaLabel = word("note", { name: task.title });
  node.dataset.note = note ? "unsent" : text || opened.has(task.id) ? "open" : "none";
}
