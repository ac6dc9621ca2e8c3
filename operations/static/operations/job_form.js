// The form of a job: its tasks in order, and the sites of its customer.

const $ = window.django.jQuery;
const form = document.getElementById("job_form");
const words = document.getElementById("job-form-words")?.dataset ?? {};

// Tasks: moved by a handle or by buttons; the position of each follows its place.

const table = document.getElementById("tasks-data");
const positionOf = (row) => row.querySelector("input[name$=-position]");
const rows = () =>
  table ? [...table.querySelectorAll("tbody.form-group:not(.empty-form)")] : [];

function number() {
  rows().forEach((row, place) => {
    positionOf(row).value = place + 1;
  });
  // unfold warns of what is not saved when a field changes.
  form.dispatchEvent(new Event("change", { bubbles: true }));
}

function tell(row) {
  const said = words.moved
    .replace("%(task)s", row.querySelector("input[name$=-title]").value || words.task)
    .replace("%(place)s", positionOf(row).value)
    .replace("%(number)s", rows().length);
  document.getElementById("job-form-words").textContent = said;
}

function move(row, by) {
  const all = rows();
  const other = all[all.indexOf(row) + by];
  if (!other) return;
  if (by < 0) other.before(row);
  else other.after(row);
  number();
  tell(row);
}

function button(icon, label, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "jobops-move";
  made.title = label;
  made.setAttribute("aria-label", label);
  made.innerHTML = `<span class="material-symbols-outlined" aria-hidden="true">${icon}</span>`;
  made.addEventListener("click", act);
  return made;
}

function handle(row) {
  const made = button("drag_indicator", words.drag, () => {});
  made.draggable = true;
  made.addEventListener("dragstart", (event) => {
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", "");
    event.dataTransfer.setDragImage(row, 0, 0);
    row.dataset.dragged = "yes";
  });
  made.addEventListener("dragend", () => {
    delete row.dataset.dragged;
    number();
    tell(row);
  });
  made.addEventListener("keydown", (event) => {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!by) return;
    event.preventDefault();
    move(row, by);
    made.focus();
  });
  return made;
}

function makeMovable(row) {
  const position = positionOf(row);
  if (!position || position.closest(".jobops-place-of-task")) return;
  const cell = document.createElement("span");
  cell.className = "jobops-place-of-task";
  position.before(cell);
  const up = button("keyboard_arrow_up", words.up, () => { move(row, -1); up.focus(); });
  const down = button("keyboard_arrow_down", words.down, () => { move(row, 1); down.focus(); });
  cell.append(handle(row), position, up, down);
}

table?.addEventListener("dragover", (event) => {
  const dragged = table.querySelector("[data-dragged]");
  const over = event.target.closest("tbody.form-group:not(.empty-form)");
  if (!dragged || !over) return;
  event.preventDefault();
  if (over === dragged) return;
  const { top, height } = over.getBoundingClientRect();
  if (event.clientY < top + height / 2) over.before(dragged);
  else over.after(dragged);
});
table?.addEventListener("drop", (event) => event.preventDefault());

rows().forEach(makeMovable);
document.addEventListener("formset:added", (event) => {
  if (event.detail?.formsetName === "tasks") makeMovable(event.target.closest("tbody"));
});

// Sites: those of the customer that is chosen, and a new one is theirs.

const customer = document.getElementById("id_customer");
const site = document.getElementById("id_site");

$.ajaxPrefilter((request) => {
  const asks = new URLSearchParams(typeof request.data === "string" ? request.data : "");
  if (asks.get("field_name") === "site" && customer) {
    request.data = `${request.data}&customer=${encodeURIComponent(customer.value)}`;
  }
});

function giveCustomer() {
  const add = document.getElementById("add_id_site");
  if (!add) return;
  const url = new URL(add.href);
  url.searchParams.set("customer", customer.value);
  add.href = url.href;
}

if (customer && site) {
  let chosen = customer.value;
  giveCustomer();
  $(customer).on("change", () => {
    if (customer.value !== chosen && site.value) $(site).val(null).trigger("change");
    chosen = customer.value;
    giveCustomer();
  });
}
