// Answers for the gate where the network does not: with the page that the device keeps (cases/gate/offline.py).
const CACHE = `gate ${self.kept.version}`;
const PATIENCE = 8000; // in a tunnel an answer neither comes nor fails
let typed = null; // into a form that never arrived; never stored

self.addEventListener("install", (event) => {
  self.skipWaiting();
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(self.kept.files)));
});

self.addEventListener("activate", (event) => {
  const older = (names) => names.filter((name) => name.startsWith("gate ") && name !== CACHE);
  const drop = caches.keys().then((names) => Promise.all(older(names).map((name) => caches.delete(name))));
  event.waitUntil(drop.then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const { request } = event, { origin, pathname } = new URL(request.url);
  if (origin !== self.location.origin) return;
  if (request.mode === "navigate" && pathname.startsWith("/gate/")) event.respondWith(navigated(request, pathname));
  else if (self.kept.files.includes(pathname)) event.respondWith(fromHere(request));
});

async function fromHere(request) {
  const here = await caches.open(CACHE).then((cache) => cache.match(request, { ignoreVary: true }));
  return here ?? fetch(request);
}

async function navigated(request, pathname) {
  const form = request.method === "POST" ? request.clone().formData().catch(() => null) : null;
  const patience = new AbortController(), out = setTimeout(() => patience.abort(), PATIENCE);
  try {
    const answer = await fetch(request, { signal: patience.signal });
    // Sent away from here: whoever stood at this door has no session any more, and leaves no page to go on with.
    if (answer.type === "opaqueredirect" && !form && pathname === "/gate/") await caches.delete("gate-page");
    if (answer.status !== 502 && answer.status !== 504) return answer;
  } catch {
    // no network
  } finally {
    clearTimeout(out);
  }
  const page = await caches.match(self.kept.page, { ignoreVary: true });
  if (!page) return Response.error();
  typed = form && Object.fromEntries(await form);
  return page;
}

self.addEventListener("message", ({ data, source }) => {
  if (data !== "typed") return;
  source.postMessage({ typed });
  typed = null;
});
