// The theme chosen in the back office, or the phone's own; before the page is seen.
(() => {
  const dark = matchMedia("(prefers-color-scheme: dark)");

  function show() {
    const choice = localStorage.getItem("adminTheme");
    const isDark = choice === '"dark"' || (choice !== '"light"' && dark.matches);
    document.documentElement.classList.toggle("dark", isDark);
  }

  show();
  dark.addEventListener("change", show);
})();
