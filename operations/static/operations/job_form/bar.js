// A bar of buttons is one stop of the Tab key, within which the arrow keys lead on (the pattern
// "toolbar" of the ARIA authoring practices). A field in it needs the arrow keys itself: it stands at
// one end, and is where the Tab key stops only if there is nothing else.

export function bar(root) {
  const places = () => [...root.querySelectorAll("button, input, select")].filter((each) => !each.disabled);
  const isButton = (place) => place.tagName === "BUTTON";
  let last = null;

  // Where the Tab key stops: where somebody was, or at what is chosen, or at the first.
  function update() {
    const all = places();
    const buttons = all.filter(isButton);
    const stop = buttons.find((each) => each === last)
      ?? buttons.find((each) => each.getAttribute("aria-pressed") === "true") ?? buttons[0] ?? all[0];
    for (const each of all) each.tabIndex = each === stop ? 0 : -1;
  }

  root.addEventListener("focusin", ({ target }) => {
    last = target;
    update();
  });
  // Whoever comes back begins at what is chosen.
  root.addEventListener("focusout", ({ relatedTarget }) => {
    if (root.contains(relatedTarget)) return;
    last = null;
    update();
  });
  root.addEventListener("keydown", (event) => {
    if (!isButton(event.target) || event.altKey || event.ctrlKey || event.metaKey) return;
    const all = places();
    const at = all.indexOf(event.target);
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: all.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    all[(to + all.length) % all.length].focus();
  });

  update();
  return update;
}
