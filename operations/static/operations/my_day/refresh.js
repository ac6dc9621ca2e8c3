// Loads the day by one request, and says how old it is.
import { NoSignal, readDay, SignedOut } from "./api.js";
import { dayAndTime, localDay } from "./dates.js";
import { day, redate, take } from "./day.js";
import { render, renderLoaded, renderState } from "./page.js";
import * as shelf from "./shelf.js";
import { word } from "./words.js";

const AHEAD = "my-day-ahead";
const IMPATIENT = 2000;
const SLOW = "slow_signal";
let loading = null;
let loadedAt = null;

export const ahead = () => localStorage.getItem(AHEAD) ?? "7";

export function lookAhead(days) {
  localStorage.setItem(AHEAD, days);
  return load();
}

export function load() {
  loading ??= read().finally(() => {
    loading = null;
  });
  return loading;
}

async function read() {
  const slow = setTimeout(showLast, IMPATIENT, SLOW);
  try {
    await arrive(await readAfterMoves());
  } catch (error) {
    await explain(error);
  } finally {
    clearTimeout(slow);
  }
}

async function readAfterMoves() {
  const [{ moves }, days] = [day, ahead()];
  const loaded = await readDay(days);
  return moves === day.moves && days === ahead() ? loaded : readAfterMoves();
}

async function arrive(loaded) {
  loadedAt = new Date();
  take(loaded);
  render();
  renderLoaded(loadedAt);
  await shelf.keep(loaded).catch(() => {});
}

async function explain(error) {
  if (error instanceof SignedOut) return renderState(word("signed_out"), "signed-out");
  await showLast("no_signal");
  if (!(error instanceof NoSignal)) renderState(word("refused_load", { reason: error.message }));
}

async function showLast(state) {
  const last = await shelf.last();
  const at = loadedAt ?? last?.at;
  if (state === SLOW && (loadedAt || !at)) return;
  if (!day.isLoaded && last) take(last.day);
  redate(localDay());
  render();
  renderState(word(at ? state : "nothing_kept", { time: at && dayAndTime(at) }));
}
