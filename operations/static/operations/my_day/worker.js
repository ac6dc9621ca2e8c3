// Serves page and files without signal. KNOWN is put before it by operations/my_day.py.
const OF = "my-day-of-";
const FILES = `my-day-files-${KNOWN.version}`;
const PAGE = "/my-day/";
const PATIENCE = 4000;
const HTML = { "Content-Type": "text/html" };

addEventListener("install", (event) => event.waitUntil(fetchFiles()));
addEventListener("activate", (event) => event.waitUntil(takeOver()));
addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.mode === "navigate") event.respondWith(page(request));
  else if (KNOWN.files.includes(new URL(request.url).pathname)) event.respondWith(file(request));
});

async function fetchFiles() {
  const files = await caches.open(FILES);
  await files.addAll(KNOWN.files.map((address) => new Request(address, { cache: "reload" })));
  await skipWaiting();
}

async function takeOver() {
  await drop("my-day-files-", FILES);
  await clients.claim();
}

async function drop(kind, but) {
  for (const name of await caches.keys()) {
    if (name.startsWith(kind) && name !== but) await caches.delete(name);
  }
}

const find = (what) => caches.match(what, { ignoreVary: true });

const file = async (request) => (await find(request)) ?? fetch(request);

// One person's alone: whoever comes drops what was kept of others.
const kept = () => find(PAGE);

// Whoever waits too long, or is told of a fault, sees the last page meanwhile.
async function page(request) {
  const fresh = fetchPage(request);
  const late = new Promise((wake) => setTimeout(wake, PATIENCE)).then(kept);
  const first = await Promise.race([fresh.catch(kept), late]);
  return first ?? fresh.catch(() => new Response(KNOWN.no_signal, { headers: HTML }));
}

async function fetchPage(request) {
  const answer = await fetch(request);
  await keep(answer.clone());
  return answer.status < 500 ? answer : ((await kept()) ?? answer);
}

// The answer says whose page it is; one that leads to the sign-in is nobody's.
async function keep(answer) {
  const person = answer.headers.get("X-Person");
  if (!answer.ok || !person) return;
  await drop(OF, OF + person);
  await (await caches.open(OF + person)).put(PAGE, answer);
}
