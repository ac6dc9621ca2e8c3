// Of a page beside the back office: the theme chosen there, or the device's own; before it is seen.
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
