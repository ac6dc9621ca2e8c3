// How far an import is. It goes on without this page, which says so until there is more to be seen.

const EVERY = 1500; // milliseconds
const box = document.querySelector("[data-progress]");
const bar = box.querySelector("progress");
const says = box.querySelector("[role=status]");
const soFar = box.querySelector("[data-so-far]");

async function look() {
  const answer = await fetch(box.dataset.progress, { headers: { Accept: "application/json" } });
  // Signed out, or gone: the page itself says so.
  if (!answer.ok || answer.redirected) return location.reload();
  const { seen, total, says: text, so_far: rows, is_over: isOver } = await answer.json();
  if (isOver) return location.reload();
  if (total) {
    bar.max = total;
    bar.value = seen;
  }
  // Told to who hears the page where it changes, which the number of rows does all the time.
  if (says.textContent !== text) says.textContent = text;
  soFar.textContent = rows;
  return again();
}

function again() {
  setTimeout(() => {
    look().catch(() => {
      says.textContent = box.dataset.lost;
      again();
    });
  }, EVERY);
}

again();
