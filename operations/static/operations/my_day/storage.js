// What the phone keeps: small texts, and the last day for when there is no signal.
const ME = document.body.dataset;
const OF = "my-day-of-";
const MINE = OF + ME.user;
const DAY = "/my-day/last";
// On https and on localhost alone.
const { caches } = globalThis;
// Without storage or room, the page keeps them while it is open.
const texts = new Map(inStorage((storage) => Object.entries(storage)));

function inStorage(act) {
  try {
    return act(localStorage);
  } catch {
    return null;
  }
}

export const names = () => [...texts.keys()];

export const read = (name) => texts.get(name) ?? null;

export function write(name, text) {
  texts.set(name, text);
  inStorage((storage) => storage.setItem(name, text));
}

export function erase(name) {
  texts.delete(name);
  inStorage((storage) => storage.removeItem(name));
}

export async function keep(day) {
  const cache = await caches?.open(MINE);
  await cache?.put(DAY, Response.json(day));
}

// One person's, and not for long.
export async function last() {
  const found = await caches?.match(DAY, { cacheName: MINE });
  const day = await found?.json();
  return Date.now() - day?.at < 1000 * ME.keptFor ? day : null;
}

export async function forget(but = "") {
  for (const name of (await caches?.keys()) ?? []) {
    if (name.startsWith(OF) && name !== but) await caches.delete(name);
  }
}

// Nothing of anybody else stays.
export async function setUp() {
  const { serviceWorker } = navigator;
  if (!caches || !serviceWorker) return;
  await forget(MINE);
  await serviceWorker.register(ME.worker);
  // The first page did not pass it.
  if (!serviceWorker.controller) await (await caches.open(MINE)).add(location.pathname);
}
