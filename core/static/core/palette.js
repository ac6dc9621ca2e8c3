// Find anything, beyond what unfold's own palette does: Enter opens the first that is found, unless
// another is marked, and waits for what was typed last.
"use strict";

document.addEventListener("alpine:init", () => {
  const make = globalThis.searchCommand;
  if (!make) return;

  globalThis.searchCommand = () => {
    const palette = make();
    const { handleContentLoaded, selectItem } = palette;

    palette.selectItem = function (...args) {
      this.asked = null;
      if (this.currentIndex === 0) {
        if (this.answered !== this.$refs.searchInputCommand.value) this.asked = args;
        if (this.asked || !this.totalItems) return;
        this.currentIndex = 1;
      }
      selectItem.apply(this, args);
    };

    palette.handleContentLoaded = function (event) {
      handleContentLoaded.call(this, event);
      if (event.target.id !== "command-results") return;
      this.answered = this.$refs.searchInputCommand.value;
      if (this.asked) this.selectItem(...this.asked);
    };
    return palette;
  };
});

// What was found is told to who does not see it.
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.target.id !== "command-results") return;
  const status = document.getElementById("command-results-status");
  if (status) status.textContent = event.target.querySelector("[data-found]")?.dataset.found ?? "";
});
