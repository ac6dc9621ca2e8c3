// The theme chosen in the back office, or the phone's own; before the page is seen.
(() => {
  const dark = matchMedia("(prefers-color-scheme: dark)");

  function chosen() {
    try {
      return localStorage.getItem("adminTheme");
    } catch {
      return "";
    }
  }

  function show() {
    const isDark = chosen() === '"dark"' || (chosen() !== '"light"' && dark.matches);
    document.documentElement.classList.toggle("dark", isDark);
  }

  show();
  dark.addEventListener("change", show);
})();
