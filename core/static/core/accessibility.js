// What unfold opens by the mouse alone is reached by the keyboard too, and what it leaves without a
// name gets one.
"use strict";

(() => {
  const NAMES = {
    dock_to_right: "Show or hide the menu",
    close: "Close the menu",
    more_horiz: "More lists",
  };
  const PATIENCE = 1000; // milliseconds
  const OPENED =
    "a[href], button, input:not([type=hidden]), select, textarea, [tabindex='0']:not(.simplebar-content-wrapper)";

  // A strip of tabs shows the one that is open.
  document.addEventListener("DOMContentLoaded", () => {
    const tabs = document.getElementById("tabs-items");
    const open = tabs?.querySelector(".active");
    if (open) tabs.scrollLeft = open.offsetLeft - tabs.offsetLeft - 48;
  });

  // Before Alpine reads the page, so that it keeps the state of each toggle.
  document.addEventListener("alpine:init", () => {
    // An icon is drawn by its name, which is no word to be read beside others.
    for (const icon of document.querySelectorAll(".material-symbols-outlined")) {
      const worded = icon.closest("a, button, [x-on\\:click]");
      if (worded && worded !== icon && worded.textContent.trim() !== icon.textContent.trim()) {
        icon.setAttribute("aria-hidden", "true");
      }
    }
    document.getElementById("command-submit")?.setAttribute("aria-label", "Search");
    // What it finds is told here (palette.js).
    document.getElementById("command-results")?.insertAdjacentHTML(
      "beforebegin", '<p id="command-results-said" class="sr-only" role="status"></p>'
    );
    for (const opener of document.querySelectorAll("[x-on\\:click]")) {
      if (opener.matches("button, a[href], input, [tabindex]")) continue;
      const text = opener.textContent.trim();
      // Without a word in it, it is what lies behind something open.
      if (text) reach(opener, text);
    }
  });

  function reach(opener, text) {
    opener.setAttribute("role", "button");
    opener.tabIndex = 0;
    if (NAMES[text]) opener.setAttribute("aria-label", NAMES[text]);
    const [, opened] = opener.getAttribute("x-on:click").match(/^(\w+) = (!\1|true)/) ?? [];
    if (opened) opener.setAttribute("x-bind:aria-expanded", `${opened} ? 'true' : 'false'`);
    opener.addEventListener("keydown", (event) => {
      if (event.key === "Escape") {
        if (isOpen(opener)) opener.click();
        return;
      }
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      opener.click();
      if (opened) requestAnimationFrame(() => follow(opener, opened, performance.now() + PATIENCE));
    });
  }

  // Into what opens, as soon as it is seen; Escape leads back.
  function follow(opener, opened, until) {
    if (!isOpen(opener)) return;
    const panel = [...document.querySelectorAll("[x-show], #nav-sidebar, #nav-sidebar-inner")].find(
      (each) => (each.getAttribute("x-show") ?? "sidebarMobileOpen") === opened && seen(each)
    );
    const first = [...(panel?.querySelectorAll(OPENED) ?? [])].find(seen);
    if (!first) {
      if (performance.now() < until) requestAnimationFrame(() => follow(opener, opened, until));
      return;
    }
    first.focus();
    // Set, not added: the same panel is opened many times.
    panel.onkeydown = (event) => {
      if (event.key !== "Escape" || event.defaultPrevented) return;
      if (isOpen(opener)) opener.click();
      opener.focus();
    };
  }

  const isOpen = (opener) => opener.getAttribute("aria-expanded") === "true";

  const seen = (element) => element.checkVisibility({ visibilityProperty: true });

  // select2 names its boxes by what is chosen in them: by nothing at first.
  function name(box) {
    const select = box.previousElementSibling;
    const label = select?.labels?.[0]?.textContent.trim() || select?.getAttribute("aria-label");
    if (!label) return;
    for (const part of box.querySelectorAll("[role=combobox], [role=searchbox], [role=textbox], .select2-search__field")) {
      part.setAttribute("aria-label", label.replace(/\s*\*$/, ""));
    }
  }

  new MutationObserver((changes) => {
    for (const { addedNodes } of changes) {
      for (const node of addedNodes) {
        if (node.nodeType !== Node.ELEMENT_NODE) continue;
        if (node.matches(".select2-container")) name(node);
        node.querySelectorAll(".select2-container").forEach(name);
      }
    }
  }).observe(document, { childList: true, subtree: true });
})();
