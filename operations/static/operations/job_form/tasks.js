// The tasks of a job: Enter begins the next, several pasted lines are as many, and each is moved by a
// handle or by keys. Those that are saved already keep their names, as the page asks about them by
// these; the others are numbered after them, as they stand.

import { asker } from "./ask.js";
import { combobox } from "./combobox.js";
import { word } from "./words.js";

export function tasks(root) {
  const list = root.querySelector("ol");
  const blank = root.querySelector("template");
  const total = root.querySelector(`[name=${root.dataset.prefix}-TOTAL_FORMS]`);
  const announced = root.querySelector("[data-announced]");
  const most = Number(root.dataset.most);
  const saved = Number(root.querySelector(`[name=${root.dataset.prefix}-INITIAL_FORMS]`).value);
  const find = asker(root.dataset.equipmentUrl);
  const rows = () => [...list.children];
  const titleOf = (row) => row.querySelector("input[name$=-title]");
  const valueOf = (row, name) => row.querySelector(`input[name$=-${name}]`);
  const isSaved = (row) => Boolean(valueOf(row, "id")?.value);

  // unfold warns of what is not saved when a field changes.
  const change = () => root.dispatchEvent(new Event("change", { bubbles: true }));

  function rename(row, place) {
    for (const field of row.querySelectorAll("[name]")) {
      for (const name of ["name", "id"]) {
        const value = field.getAttribute(name);
        if (value) field.setAttribute(name, value.replace(/-(\d+|__prefix__)-/, `-${place}-`));
      }
    }
  }

  function number() {
    rows().forEach((row, place) => {
      titleOf(row).setAttribute("aria-label", word("title", { place: place + 1 }));
      titleOf(row).placeholder = place === 0 ? word("first") : "";
    });
    const fresh = rows().filter((row) => !isSaved(row));
    fresh.forEach((row, place) => rename(row, saved + place));
    total.value = saved + fresh.length;
  }

  // Where each stands is said for all of them, once the order is another than the saved one.
  function order() {
    if (saved) rows().forEach((row, place) => { valueOf(row, "position").value = place + 1; });
    number();
    change();
  }

  // As they were when the form came back: it holds the saved ones first. Those that stand so stay,
  // as one that is moved loses the cursor of whoever has begun in it.
  function asTheyStood() {
    const place = (row) => Number(valueOf(row, "position").value) || Infinity;
    const stood = rows().sort((one, other) => (place(one) === place(other) ? 0 : place(one) - place(other)));
    if (stood.some((row, number) => row !== list.children[number])) list.append(...stood);
  }

  function tell(row) {
    announced.textContent = word("moved", {
      task: titleOf(row).value || word("task"),
      place: rows().indexOf(row) + 1,
      number: rows().length,
    });
  }

  function add(after = null, title = "") {
    if (rows().length >= most) return null;
    const row = blank.content.firstElementChild.cloneNode(true);
    if (after) after.after(row);
    else list.append(row);
    titleOf(row).value = title;
    begin(row);
    if (row.nextElementSibling) order();
    else number();
    return row;
  }

  function remove(row) {
    const next = row.nextElementSibling ?? row.previousElementSibling;
    row.remove();
    if (!rows().length) add();
    number();
    titleOf(next ?? rows()[0]).focus();
  }

  // One that is saved goes with the next save, and until then can be kept.
  function showRemoved(row) {
    const isRemoved = valueOf(row, "DELETE").checked;
    row.toggleAttribute("data-removed", isRemoved);
    row.querySelector("[data-remove]").hidden = isRemoved;
    row.querySelector("[data-keep]").hidden = !isRemoved;
    titleOf(row).readOnly = isRemoved;
  }

  function mark(row, isRemoved) {
    valueOf(row, "DELETE").checked = isRemoved;
    showRemoved(row);
    row.querySelector(isRemoved ? "[data-keep]" : "[data-remove]").focus();
    change();
  }

  function move(row, by) {
    const other = by < 0 ? row.previousElementSibling : row.nextElementSibling;
    if (!other) return;
    const focused = document.activeElement;
    if (by < 0) other.before(row);
    else other.after(row);
    focused.focus();
    order();
    tell(row);
  }

  function keys(event) {
    const row = event.target.closest("[data-new-task]");
    const { value } = event.target;
    if (event.isComposing || event.ctrlKey || event.metaKey) return;
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (by && event.altKey) {
      event.preventDefault();
      move(row, by);
    } else if (by) {
      const other = by < 0 ? row.previousElementSibling : row.nextElementSibling;
      if (other) titleOf(other).focus();
    } else if (event.key === "Enter") {
      // It never sends the form half way.
      event.preventDefault();
      if (value.trim()) titleOf(emptyAfter(row) ?? add(row) ?? row).focus();
    } else if (event.key === "Backspace" && !value && rows().length > 1 && !isSaved(row)) {
      event.preventDefault();
      const before = row.previousElementSibling;
      remove(row);
      if (before) titleOf(before).focus();
    }
  }

  const emptyAfter = (row) => {
    const next = row.nextElementSibling;
    return next && !titleOf(next).value ? next : null;
  };

  function paste(event) {
    const lines = event.clipboardData.getData("text/plain").split(/[\r\n]+/)
      .map((line) => line.replace(/^\s*(?:[-*•]|\d+[.)])\s+/, "").trim()).filter(Boolean);
    if (lines.length < 2) return;
    event.preventDefault();
    const title = event.target;
    const [first, ...others] = lines;
    title.setRangeText(first, title.selectionStart, title.selectionEnd, "end");
    let last = title.closest("[data-new-task]");
    for (const line of others) last = add(last, line) ?? last;
    titleOf(last).focus();
  }

  // Equipment

  function showPicked(row) {
    const select = row.querySelector("[data-equipment]");
    const items = [...select.selectedOptions].map((option) => {
      const item = document.createElement("li");
      item.append(option.text);
      const off = document.createElement("button");
      off.type = "button";
      off.setAttribute("aria-label", word("remove", { name: option.text }));
      off.innerHTML = '<span class="material-symbols-outlined" aria-hidden="true">close</span>';
      off.addEventListener("click", () => {
        option.remove();
        showPicked(row);
        change();
        row.querySelector("[data-find-equipment]")?.focus();
      });
      item.append(off);
      return item;
    });
    row.querySelector("[data-picked]").replaceChildren(...items);
  }

  function showState(row) {
    showPicked(row);
    if (isSaved(row) && row.querySelector("[data-remove]")) showRemoved(row);
  }

  function begin(row) {
    titleOf(row).addEventListener("keydown", keys);
    titleOf(row).addEventListener("paste", paste);
    const off = row.querySelector("[data-remove]");
    off?.addEventListener("click", () => (isSaved(row) ? mark(row, true) : remove(row)));
    row.querySelector("[data-keep]")?.addEventListener("click", () => mark(row, false));
    const handle = row.querySelector("[data-handle]");
    handle.addEventListener("keydown", (event) => {
      const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
      if (!by) return;
      event.preventDefault();
      move(row, by);
      handle.focus();
    });
    handle.addEventListener("dragstart", (event) => {
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", "");
      event.dataTransfer.setDragImage(row, 0, 0);
      row.dataset.dragged = "yes";
    });
    handle.addEventListener("dragend", () => {
      delete row.dataset.dragged;
      order();
      tell(row);
    });
    showState(row);
    const input = row.querySelector("[data-find-equipment]");
    if (!input) return;
    const select = row.querySelector("[data-equipment]");
    const asked = { app_label: "operations", model_name: "task", field_name: "equipment" };
    combobox(input, {
      nothing: () => word("nobody"),
      find: async (term) => {
        const answer = await find({ ...asked, term }).catch(() => null);
        const has = new Set([...select.options].map((option) => option.value));
        return answer?.results.filter(({ id }) => !has.has(String(id))).slice(0, 8);
      },
      pick: ({ id, text }) => {
        select.add(new Option(text, id, true, true));
        input.value = "";
        showPicked(row);
        input.focus();
      },
    });
  }

  list.addEventListener("dragover", (event) => {
    const dragged = list.querySelector("[data-dragged]");
    const over = event.target.closest("[data-new-task]");
    if (!dragged || !over) return;
    event.preventDefault();
    if (over === dragged) return;
    const { top, height } = over.getBoundingClientRect();
    if (event.clientY < top + height / 2) over.before(dragged);
    else over.after(dragged);
  });
  list.addEventListener("drop", (event) => event.preventDefault());
  root.querySelector("[data-add-task]")?.addEventListener("click", () => titleOf(add() ?? rows().at(-1)).focus());

  if (saved) asTheyStood();
  rows().forEach(begin);
  // Whoever comes back to the page finds what the browser puts back.
  addEventListener("pageshow", () => rows().forEach(showState));
  if (!rows().length) add();
  number();
}
