// Ctrl-Enter or Cmd-Enter saves, from wherever the cursor is.

export function savedByKeys(form) {
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    form.requestSubmit(document.querySelector("#submit-row [name=_save]"));
  });
}
