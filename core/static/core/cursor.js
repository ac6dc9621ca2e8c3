// The cursor stands where somebody goes on: in the first field that is wrong; without faults, in the
// first field of what is new. The page of a row is read first: there it stands in the first field
// only where that is in sight, and where no keyboard would cover the page.
"use strict";

(() => {
  const FIELDS =
    "input:not([type=hidden], [type=checkbox], [type=radio], [type=submit], [type=button]), select, textarea";
  // What people see and use of a field whose own element is hidden.
  const WIDGETS = "[role=combobox], .select2-selection";
  let busy = false;

  const isSeen = (element) => element.checkVisibility({ visibilityProperty: true });

  function usable(field) {
    if (field.disabled || field.readOnly) return null;
    const beside = field.nextElementSibling;
    if (beside?.matches(".select2-container")) return beside.querySelector(WIDGETS);
    // What a box beside it fills.
    const box = !isSeen(field) && field.parentElement.querySelector(".jobops-combobox input");
    if (box) return box === field ? null : usable(box);
    return isSeen(field) && !field.closest(".empty-form") ? field : null;
  }

  const firstOf = (fields) => [...fields].map(usable).find(Boolean);

  function firstWrong() {
    const marked = document.querySelectorAll("form [aria-invalid=true]");
    return firstOf(marked) ?? [...marked].find(isSeen);
  }

  function formOfPage() {
    const ofRow = document.getElementById("django-admin-form-add-constants")?.closest("form");
    if (ofRow) return ofRow;
    const forms = [...document.querySelectorAll("#content form[method=post], #content form.jobops-narrow, .login form[method=post], #login-form")];
    return forms.find((form) => form.id !== "changelist-form" && firstOf(form.querySelectorAll(FIELDS)));
  }

  const isInSight = (field) => {
    const { top, bottom } = field.getBoundingClientRect();
    return top >= 0 && bottom <= innerHeight && !matchMedia("(pointer: coarse)").matches;
  };

  function place() {
    const wrong = firstWrong();
    if (wrong) {
      wrong.focus();
      wrong.scrollIntoView({ block: "center" });
      return;
    }
    // Said of no field, it is in sight and heard, however far down the page the form stands.
    const note = document.querySelector("body:not(.login) form .errornote");
    if (note) {
      note.tabIndex = -1;
      note.focus();
      note.scrollIntoView({ block: "center" });
      return;
    }
    const form = formOfPage();
    const field = form && firstOf(form.querySelectorAll(FIELDS));
    const isNew = !form?.querySelector("#django-admin-form-add-constants:not([data-model-name])");
    if (field && (isNew || isInSight(field))) field.focus({ preventScroll: isNew && isInSight(field) });
  }

  // Where somebody has begun meanwhile, the cursor stays theirs.
  for (const begun of ["keydown", "pointerdown"]) {
    addEventListener(begun, () => { busy = true; }, { capture: true, once: true });
  }
  // Once all widgets and Django's own script, which goes to the first field whatever is wrong, are there.
  addEventListener("load", () => {
    const active = document.activeElement;
    // Django's script goes to the first field alone: whoever is in another went there.
    // Of a field that shows itself as another it goes to what is hidden.
    const first = firstOf(active?.form?.querySelectorAll(FIELDS) ?? []);
    const isElsewhere = active?.matches(FIELDS) && ![active, usable(active)].includes(first);
    const isPlaced = (active?.hasAttribute("autofocus") || isElsewhere) && !firstWrong();
    if (!isPlaced) requestAnimationFrame(() => busy || place());
  });
  // A dialog that comes back with faults.
  document.addEventListener("htmx:afterSettle", ({ target }) => {
    const wrong = target.querySelector?.("[aria-invalid=true]");
    if (wrong) usable(wrong)?.focus();
  });
  // A row that somebody adds to a form is gone on with.
  document.addEventListener("formset:added", ({ target }) => firstOf(target.querySelectorAll(FIELDS))?.focus());
  // From the note above to a field that shows itself as another element.
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.(".jobops-faults a[href^='#']");
    const field = link && document.getElementById(link.hash.slice(1));
    if (!field) return;
    event.preventDefault();
    (usable(field) ?? field).focus();
  });
})();
