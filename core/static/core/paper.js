// The page of a paper: its button prints it, and it is as dark as the back office.
const dark = matchMedia("(prefers-color-scheme: dark)");

function show() {
  let isDark = dark.matches;
  try {
    isDark = { '"dark"': true, '"light"': false }[localStorage.adminTheme] ?? isDark;
  } catch {}
  document.documentElement.classList.toggle("dark", isDark);
}

show();
dark.addEventListener("change", show);

const button = document.querySelector("[data-print]");
button.hidden = false;
button.addEventListener("click", () => print());
