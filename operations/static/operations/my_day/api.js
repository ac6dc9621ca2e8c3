// The API, spoken to as whoever is signed in.
import { word } from "./words.js";

const ME = document.body.dataset;
const PATIENCE = 15000;

export class NoSignal extends Error {
  message = word("try_again");
}

export class SignedOut extends Error {
  message = word("session_over");
}

// Reads, or writes content on the version that it was made from.
export async function call(path, method, content, version) {
  const send = () => reach(path, content && written(method, content, version));
  let answer = await send();
  if (answer.status === 403 && content) {
    await renewToken();
    answer = await send();
  }
  if (answer.status === 401) throw new SignedOut();
  const body = await answer.json().catch(unreachable);
  if (answer.status === 404) Object.assign(body, { detail: word("gone"), isGone: true });
  return answer.ok ? body : refuse(body);
}

const written = (method, content, version) => ({
  method,
  keepalive: true,
  body: JSON.stringify(content),
  headers: {
    "Content-Type": "application/json",
    "If-Match": `"${version}"`,
    "X-CSRFToken": ME.token,
    "X-Door": "my_day",
  },
});

// Where the row has changed, with what is there now.
function refuse({ detail, current, isGone, errors = [] }) {
  const reasons = errors.map((error) => error.message).join(" ");
  throw Object.assign(new Error(reasons || detail), { current, isGone });
}

function unreachable() {
  throw new NoSignal();
}

async function reach(path, request) {
  const signal = AbortSignal.timeout(PATIENCE);
  const answer = await fetch(path, { ...request, signal }).catch(unreachable);
  const person = answer.headers.get("X-Person");
  if (!person || person === ME.user) return answer;
  // Somebody else has signed in: what comes is theirs.
  location.reload();
  throw new SignedOut();
}

// A sign-in elsewhere has made the page's token useless.
async function renewToken() {
  const answer = await reach(location.pathname);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  ME.token = page.body.dataset.token ?? "";
  for (const field of document.getElementsByName("csrfmiddlewaretoken")) field.value = ME.token;
}
