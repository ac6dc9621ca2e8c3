// A file that is chosen or dropped says how large it is, before it is sent.

const form = document.querySelector(".jobops-upload");
const drop = form.querySelector("[data-drop]");
const input = drop.querySelector("input[type=file]");
const chosen = drop.querySelector("[data-chosen]");
const button = form.querySelector("button[type=submit]");
// Else unfold would write the file's name into a field of its own, which is not here.
input.hasChangeListener = true;

function size(bytes) {
  const [number, unit] = bytes < 1e6 ? [bytes / 1e3, "kilobyte"] : [bytes / 1e6, "megabyte"];
  const digits = number < 10 ? 1 : 0;
  const format = { style: "unit", unit, maximumFractionDigits: digits };
  return new Intl.NumberFormat(document.documentElement.lang, format).format(number);
}

function tell() {
  const [file] = input.files;
  const tooLarge = Boolean(file) && file.size > Number(form.dataset.most);
  chosen.textContent = file ? `${file.name} · ${size(file.size)}` : "";
  if (tooLarge) chosen.textContent += ` · ${form.dataset.tooLarge}`;
  chosen.dataset.kind = tooLarge ? "bad" : "";
  button.disabled = tooLarge;
}

input.addEventListener("change", tell);
window.addEventListener("pageshow", tell);

for (const name of ["dragenter", "dragover"]) {
  drop.addEventListener(name, (event) => {
    event.preventDefault();
    drop.dataset.over = "yes";
  });
}
for (const name of ["dragleave", "drop"]) {
  drop.addEventListener(name, () => delete drop.dataset.over);
}
drop.addEventListener("drop", (event) => {
  event.preventDefault();
  if (!event.dataTransfer.files.length) return;
  const [file] = event.dataTransfer.files;
  const one = new DataTransfer();
  one.items.add(file);
  input.files = one.files;
  tell();
});
