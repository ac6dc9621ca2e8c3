// Loads the day by one request, and says how old it is.
import { call, NoSignal, SignedOut } from "./api.js";
import { day, take } from "./day.js";
import { render, renderLoaded, renderState } from "./page.js";
import { quoteNotes } from "./quotes.js";
import * as storage from "./storage.js";
import { dayAndTime, localDay, word } from "./words.js";

const IMPATIENT = 2000;
const SLOW = "slow_signal";
let loading = null;

export const load = () => (loading ??= read());

async function read() {
  const slow = setTimeout(showLast, IMPATIENT, SLOW);
  await readAfterMoves().then(arrive).catch(explain).finally(() => {
    clearTimeout(slow);
    loading = null;
  });
}

async function readAfterMoves() {
  const ahead = () => document.querySelector("#ahead :checked").value;
  const [{ moves }, days] = [day, ahead()];
  const loaded = await call(`/api/dashboard?days=${days}`);
  return moves === day.moves && days === ahead() ? loaded : readAfterMoves();
}

async function arrive(loaded) {
  loaded.at = Date.now();
  take(loaded);
  render();
  renderLoaded(loaded.at);
  await storage.keep(loaded).catch(() => {});
  await quoteNotes();
}

async function explain(error) {
  if (error instanceof SignedOut) return renderState(word("signed_out"), "signed-out");
  await showLast("no_signal");
  if (!(error instanceof NoSignal)) renderState(word("refused_load", { reason: error.message }));
}

async function showLast(state) {
  const last = day.at ? null : await storage.last();
  if (last && !day.at) take(last);
  else if (state === SLOW) return;
  // Time goes on without signal.
  day.today = localDay();
  render();
  renderState(word(day.at ? state : "nothing_kept", { time: dayAndTime(day.at) }));
}
