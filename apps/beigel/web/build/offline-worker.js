// Lets the page open without a network. `FILES` is the build's list, written above when it is built.
// The API is never touched: what it says is either new or not there.
const NAME = `page-${FILES.join().length}-${FILES.at(-1)}`

self.addEventListener("install", event => {
  event.waitUntil(caches.open(NAME).then(cache => cache.addAll(FILES)))
  self.skipWaiting()
})

self.addEventListener("activate", event => {
  const removeOld = async () => {
    const names = await caches.keys()
    await Promise.all(names.filter(name => name !== NAME).map(name => caches.delete(name)))
    await self.clients.claim()
  }
  event.waitUntil(removeOld())
})

self.addEventListener("fetch", event => {
  const { request } = event
  // The server's page first, always: only when nothing answers, the one that was kept.
  if (request.mode === "navigate") event.respondWith(fetch(request).catch(() => kept("/", request)))
  else if (FILES.includes(new URL(request.url).pathname)) event.respondWith(kept(request, request))
})

async function kept(key, request) {
  return (await caches.match(key)) ?? fetch(request)
}
