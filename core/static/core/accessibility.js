// What unfold opens by the mouse alone is reached by the keyboard too, and what it leaves without a
// name gets one.
"use strict";

(() => {
  const PATIENCE = 1000; // milliseconds
  const OPENED =
    "a[href], button, input:not([type=hidden]), select, textarea, [tabindex='0']:not(.simplebar-content-wrapper)";

  // By the name of an icon; on a page that has the palette.
  const named = () => document.getElementById("jobops-names")?.dataset ?? {};

  // The first thing that a key reaches leads past the menu.
  document.addEventListener("DOMContentLoaded", () => {
    const skip = document.querySelector(".jobops-skip");
    const main = document.getElementById("main");
    if (skip && main) document.body.prepend(skip);
    if (main) main.tabIndex = -1;
  });

  // The menu over a page closes by a tap beside it: on the dimmed page (jobops.css), which is part of
  // what holds the menu.
  document.addEventListener("DOMContentLoaded", () => {
    const menu = document.getElementById("nav-sidebar");
    const holds = menu?.parentElement.parentElement;
    holds?.addEventListener("click", ({ target }) => {
      if (target === holds) menu.querySelector("[x-on\\:click*='sidebarMobileOpen']").click();
    });
  });

  // A strip of tabs shows the one that is open; once more with its own letters, which are wider than
  // those that stand in for them.
  function showOpenTab() {
    const tabs = document.getElementById("tabs-items");
    const open = tabs?.querySelector(".active");
    if (open) tabs.scrollLeft = open.offsetLeft - tabs.offsetLeft - 48;
  }
  document.addEventListener("DOMContentLoaded", async () => {
    showOpenTab();
    await document.fonts.ready;
    showOpenTab();
  });

  function nameSigns(part) {
    // An icon is drawn by its name, which is no word to be read beside others.
    for (const icon of part.querySelectorAll(".material-symbols-outlined")) {
      const worded = icon.closest("a, button, [x-on\\:click]");
      if (worded && worded !== icon && worded.textContent.trim() !== icon.textContent.trim()) {
        icon.setAttribute("aria-hidden", "true");
      }
    }
    for (const thing of part.querySelectorAll("a[href], button, #searchbar")) nameBySign(thing);
  }

  // A dialog comes after the page.
  document.addEventListener("htmx:load", (event) => nameSigns(event.detail.elt));

  // Before Alpine reads the page, so that it keeps the state of each toggle.
  document.addEventListener("alpine:init", () => {
    nameSigns(document);
    // Of two signs, one of which turns.
    document.getElementById("command-submit")?.setAttribute("aria-label", named().search ?? "");
    document.querySelectorAll("#modal-content, [x-data='searchCommand()'] > div").forEach(makeDialog);
    // What it finds is told here (palette.js).
    document.getElementById("command-results")?.insertAdjacentHTML(
      "beforebegin", '<p id="command-results-status" class="sr-only" role="status"></p>'
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
    if (named()[text]) opener.setAttribute("aria-label", named()[text]);
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

  // What is but a sign is named by its title, or by what is known of the sign.
  function nameBySign(thing) {
    const icon = thing.querySelector(".material-symbols-outlined");
    const text = thing.textContent.trim();
    if (thing.ariaLabel || (text && text !== icon?.textContent.trim())) return;
    const titled = thing.title || thing.querySelector("[title]")?.title;
    const name = titled || named()[text] || (thing.id === "searchbar" && named().search);
    if (!name) return;
    thing.setAttribute("aria-label", name);
    icon?.setAttribute("aria-hidden", "true");
  }

  // What lies over the page says what it is, keeps the focus, and gives it back.
  let before = null;
  document.addEventListener("focusin", ({ target }) => {
    if (!target.closest("[role=dialog]")) before = target;
  });

  // What opened it; folded away meanwhile, what opens that.
  const opener = () => (!before || seen(before) ? before : before.closest("details")?.querySelector("summary"));

  function makeDialog(box) {
    const isPalette = box.id !== "modal-content";
    box.setAttribute("role", "dialog");
    box.setAttribute("aria-modal", "true");
    if (isPalette) box.setAttribute("aria-label", named().palette ?? "");
    else box.setAttribute("aria-labelledby", "dialog-title");
    box.addEventListener("keydown", keepIn);
    let isOpen = false;
    new MutationObserver(() => {
      if (isOpen === seen(box)) return;
      isOpen = !isOpen;
      if (!isOpen) opener()?.focus();
      else if (!isPalette) (box.querySelector("[autofocus]") ?? reached(box)[1])?.focus();
    }).observe(box.parentElement, { attributeFilter: ["style", "x-cloak"] });
  }

  const reached = (box) => [...box.querySelectorAll(OPENED)].filter(seen);

  function keepIn(event) {
    if (event.key !== "Tab") return;
    const all = reached(event.currentTarget);
    const [from, to] = event.shiftKey ? [all[0], all.at(-1)] : [all.at(-1), all[0]];
    if (document.activeElement !== from) return;
    event.preventDefault();
    to.focus();
  }

  // Typing on a closed picker opens it with what is typed.
  document.addEventListener("keydown", (event) => {
    const picker = event.target.closest?.(".select2-selection--single");
    if (!picker || event.key.length !== 1 || event.key === " ") return;
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const select = picker.closest(".select2-container").previousElementSibling;
    if (select.disabled) return;
    event.preventDefault();
    const { jQuery } = globalThis.django;
    jQuery(select).select2("open");
    jQuery(".select2-container--open .select2-search__field").val(event.key).trigger("input");
  });

  // select2 names its boxes by what is chosen in them alone, and by nothing at first.
  function name(box) {
    const select = box.previousElementSibling;
    const label = select?.labels?.[0];
    const text = label?.textContent.trim() || select?.getAttribute("aria-label");
    if (!text) return;
    for (const part of box.querySelectorAll("[role=combobox], [role=searchbox], [role=textbox], .select2-search__field")) {
      part.setAttribute("aria-label", text.replace(/\s*\*$/, ""));
    }
    const combo = box.querySelector("[role=combobox][aria-labelledby]");
    if (!combo || !label || combo.getAttribute("aria-labelledby").includes(" ")) return;
    label.id ||= `${select.id}-label`;
    combo.setAttribute("aria-labelledby", `${label.id} ${combo.getAttribute("aria-labelledby")}`);
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
