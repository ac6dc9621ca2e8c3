// The theme chosen in the back office, or the phone's own; before the page is seen.
(() => {
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
})();
