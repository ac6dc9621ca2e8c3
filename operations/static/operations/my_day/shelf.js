// The last day, for when there is no signal: one person's, and not for long.
const ME = document.body.dataset;
const OF = "my-day-of-";
const MINE = OF + ME.user;
const DAY = "/my-day/last";
// On https and on localhost alone.
const { caches } = globalThis;

export async function keep(day) {
  if (!caches) return;
  const shelf = await caches.open(MINE);
  await shelf.put(DAY, Response.json({ at: Date.now(), day }));
}

export async function last() {
  const found = await caches?.match(DAY, { cacheName: MINE });
  const { at, day } = (await found?.json()) ?? { at: 0 };
  return Date.now() - at < 1000 * ME.keptFor ? { at, day } : null;
}

export async function forget(but = "") {
  for (const name of (await caches?.keys()) ?? []) {
    if (name.startsWith(OF) && name !== but) await caches.delete(name);
  }
}

// Nothing of anybody else stays.
export async function fit() {
  const { serviceWorker } = navigator;
  if (!caches || !serviceWorker) return;
  await forget(MINE);
  await serviceWorker.register(ME.worker);
  // The first page did not pass it.
  if (!serviceWorker.controller) await (await caches.open(MINE)).add(location.pathname);
}
