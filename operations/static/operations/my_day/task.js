// A task as the page shows it.
import { isSaving, shown } from "./day.js";
import { unsent } from "./notes.js";
import { place, put, slot } from "./template.js";
import { label, word } from "./words.js";

const opened = new Set();

export function openNote(task, node) {
  opened.add(task.id);
  fillNote(node, task);
  slot(node, "field").focus();
}

export function fillTask(node, saved) {
  const { title, description, note, status, equipment } = shown(saved);
  node.dataset.status = status;
  node.ariaBusy = isSaving(saved);
  put(node, { title, description, note, status: label("task_status", status) });
  place(slot(node, "equipment"), equipment, "equipment", fillEquipment);
  fillNote(node, saved);
  for (const button of node.querySelectorAll("button")) {
    button.ariaLabel = `${button.textContent.trim()}: ${title}`;
  }
}

const fillEquipment = (node, { name, serial_number: serial }) => put(node, { name, serial });

function fillNote(node, task) {
  const note = unsent(task);
  const text = note?.text ?? shown(task).note;
  const field = slot(node, "field");
  if (field.value !== text) field.value = text;
  field.readOnly = !field.closest("[data-progress=now]");
  field.ariaLabel = word("note", { name: task.title });
  node.dataset.note = note ? "unsent" : text || opened.has(task.id) ? "open" : "none";
}
