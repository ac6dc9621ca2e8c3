// The page's own templates. What is empty or not offered is hidden by my_day.css.
export const byId = (id) => document.getElementById(id);

export const slot = (node, name) => node.querySelector(`[data-slot="${name}"]`);

export function put(node, texts) {
  for (const [name, text] of Object.entries(texts)) {
    const place = slot(node, name);
    if (place.textContent !== text) place.textContent = text ?? "";
  }
}

const copy = (name) => byId(`${name}-template`).content.firstElementChild.cloneNode(true);

// A node stays with its item, and so does what is typed, open or in focus there.
export function place(parent, items, name, fill) {
  const before = new Map([...parent.children].map((child) => [child.dataset.id, child]));
  const nodes = items.map(({ id }) => before.get(`${id}`) ?? copy(name));
  for (const child of before.values()) if (!nodes.includes(child)) child.remove();
  nodes.forEach((node, index) => {
    if (parent.children[index] !== node) parent.insertBefore(node, parent.children[index]);
    node.dataset.id = items[index].id;
    fill(node, items[index]);
  });
}

// Where what is in focus moves, hides or goes, focus goes to what is nearest.
export function keepingFocus(render, fallback) {
  const focused = document.activeElement;
  const around = [".task", ".job", ".day"].map((kind) => focused.closest(kind));
  render();
  const near = around.flatMap((node) => [...(node?.querySelectorAll("button") ?? [])]);
  const target = [focused, ...near].find((node) => node.checkVisibility()) ?? fallback;
  if (target !== document.activeElement) target.focus({ preventScroll: true });
}
