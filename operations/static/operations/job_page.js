// The page of a job: its menu closes like a menu, and on a phone an address opens the phone's map.

const menu = document.querySelector(".jobops-menu");

document.addEventListener("click", ({ target }) => {
  if (menu?.open && (!menu.contains(target) || target.closest("a, button"))) menu.open = false;
});
menu?.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !menu.open) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});
menu?.addEventListener("focusout", ({ relatedTarget }) => {
  if (relatedTarget && !menu.contains(relatedTarget)) menu.open = false;
});

const MAPS = [
  [/Android/, "geo:0,0?q="],
  [/iPhone|iPad/, "https://maps.apple.com/?q="],
];
const [, map] = MAPS.find(([phone]) => phone.test(navigator.userAgent)) ?? [];
for (const link of map ? document.querySelectorAll("[data-map]") : []) {
  link.href = map + encodeURIComponent(new URL(link.href).searchParams.get("query"));
}

// A note is written where its field opens.
for (const form of document.querySelectorAll(".jobops-note-form")) {
  const begin = () => form.open && form.querySelector("textarea").focus();
  form.addEventListener("toggle", begin);
  // Whoever was quicker than this script has opened it already.
  if (form.contains(document.activeElement) && !document.activeElement.matches("textarea")) begin();
}
