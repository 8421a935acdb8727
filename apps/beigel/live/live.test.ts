import assert from "node:assert/strict"
import test from "node:test"
import type { SocketHandlers, SocketPeer, WebHandler } from "banyan"
import { sql } from "kysely"
import { testBeigel } from "../test/test-beigel.ts"
import { assertRefused, HOST } from "../test/visitor.ts"
import { LIVE_CHANNEL } from "./live-notice.ts"

const HERE = "lat=40.73&lon=-73.99"
const THERE = "lat=40.58&lon=-74.15"

test("live feeds", async t => {
  const beigel = await testBeigel(t)
  const anna = await beigel.member("anna")
  const [here, there] = await Promise.all(
    [HERE, THERE].map(async point => (await anna.get(`/api/cafes?${point}&limit=1`)).body.items[0].id),
  )
  const write = async (cafeId: string, text: string) =>
    (await anna.post(`/api/cafes/${cafeId}/posts`, { text })).body

  await t.test("what is written near by comes; what is written far away does not", async t => {
    const feed = await follow(beigel.web, HERE)
    t.after(() => feed.end())
    assert.deepEqual(await feed.next(), { retry: "1000" })
    await write(there, "far away")
    const post = await write(here, "near by")
    const event = await feed.next()
    assert.deepEqual([event.event, event.id, event.data.text], ["post", post.id, "near by"])
    await anna.patch(`/api/posts/${post.id}`, { text: "changed" })
    assert.equal((await feed.next()).data.text, "changed")
    await anna.delete(`/api/posts/${post.id}`)
    assert.deepEqual(await feed.next(), { id: post.id, event: "delete", data: { id: post.id, cafeId: here } })
  })

  await t.test("many readers hear the same, in the order of its being written", async t => {
    const feeds = await Promise.all(Array.from({ length: 20 }, () => follow(beigel.web, HERE)))
    t.after(() => Promise.all(feeds.map(feed => feed.end())))
    for (const feed of feeds) await feed.next()
    const texts = Array.from({ length: 15 }, (_, n) => `message ${n}`)
    for (const text of texts) await write(here, text)
    for (const feed of feeds) {
      const heard = []
      while (heard.length < texts.length) heard.push((await feed.next()).data.text)
      assert.deepEqual(heard, texts)
    }
  })

  await t.test("who comes back is told what was missed", async t => {
    const seen = await write(here, "seen")
    const missed = await write(here, "missed")
    const feed = await follow(beigel.web, HERE, { "last-event-id": seen.id })
    t.after(() => feed.end())
    const heard = new Set()
    while (!heard.has(missed.id)) heard.add((await feed.next()).id)
    const later = await write(here, "later")
    while (!heard.has(later.id)) heard.add((await feed.next()).id)
    const refused = await anna.ask("GET", `/api/feed/live?${HERE}`, undefined, { "last-event-id": "1" })
    assertRefused(refused, 400, "invalid-input", "header.last-event-id")
  })

  await t.test("notices that are none of ours do no harm", async t => {
    const feed = await follow(beigel.web, HERE)
    t.after(() => feed.end())
    await feed.next()
    for (const payload of ["", "hello", "[1,2,3]", '["post","x","y"]']) {
      await sql`select pg_notify(${LIVE_CHANNEL}, ${payload})`.execute(beigel.db)
    }
    await write(here, "still alive")
    assert.equal((await feed.next()).data.text, "still alive")
  })

  await t.test("a WebSocket hears the same, and moves", async () => {
    const handlers = (await upgrade(beigel.web, `/api/live?${HERE}`)) as SocketHandlers
    const peer = new Peer()
    handlers.open!(peer)
    // Joined when the feed answers: a move to where one is already.
    handlers.message!(peer, JSON.stringify({ lat: 40.73, lon: -73.99 }))
    assert.deepEqual(await peer.next(), { type: "moved" })
    const near = await write(here, "to the socket")
    assert.equal((await peer.next()).post.id, near.id)

    handlers.message!(peer, JSON.stringify({ lat: 40.58, lon: -74.15 }))
    assert.deepEqual(await peer.next(), { type: "moved" })
    await write(here, "left behind")
    const far = await write(there, "at the new place")
    assert.equal((await peer.next()).post.id, far.id)

    for (const nonsense of ["", "{}", '{"lat":"1","lon":2}', '{"lat":91,"lon":0}', "[]"]) {
      handlers.message!(peer, nonsense)
      assert.equal((await peer.next()).error.code, "invalid-input")
    }
    handlers.close!(1000, "")
    const counted = peer.messages
    const feed = await follow(beigel.web, THERE)
    await feed.next()
    await write(there, "after the end")
    await feed.next()
    await feed.end()
    assert.equal(peer.messages, counted)
  })

  await t.test("a socket that does not read is sent away", async () => {
    const handlers = (await upgrade(beigel.web, `/api/live?${HERE}`)) as SocketHandlers
    const peer = new Peer()
    handlers.open!(peer)
    handlers.message!(peer, JSON.stringify({ lat: 40.73, lon: -73.99 }))
    await peer.next()
    peer.bufferedBytes = 2 << 20
    await write(here, "too much")
    assert.equal(await peer.closed, 1013)
    handlers.close!(1013, "")
  })

  await t.test("an upgrade elsewhere, without a point or from a foreign page is refused", async () => {
    const status = async (path: string, headers = {}) =>
      ((await upgrade(beigel.web, path, headers)) as Response).status
    assert.equal(await status("/"), 404)
    assert.equal(await status("/api/live"), 400)
    assert.equal(await status("/api/live?lat=1&lon=x"), 400)
    assert.equal(await status(`/api/live?${HERE}`, { origin: "http://evil.test" }), 403)
    assertRefused(await anna.get(`/api/live?${HERE}`), 426, "upgrade-first")
  })
})

type SseEvent = Record<string, string> & { data?: unknown }

/** Reads server-sent events one by one. */
async function follow(web: WebHandler, point: string, headers: Record<string, string> = {}) {
  const response = await web.fetch(new Request(`${HOST}/api/feed/live?${point}`, { headers }))
  assert.equal(response.status, 200)
  assert.equal(response.headers.get("content-type"), "text/event-stream")
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
  let text = ""
  return {
    // biome-ignore lint/suspicious/noExplicitAny: events of every shape
    async next(): Promise<any> {
      while (!text.includes("\n\n"))
        text += (await reader.read()).value ?? assert.fail("the stream has ended")
      const end = text.indexOf("\n\n")
      const block = text.slice(0, end)
      text = text.slice(end + 2)
      const event: SseEvent = Object.fromEntries(
        block.split("\n").map(line => line.split(/: (.*)/s).slice(0, 2)),
      )
      return "data" in event ? { ...event, data: JSON.parse(event.data as string) } : event
    },
    end: () => reader.cancel(),
  }
}

async function upgrade(web: WebHandler, path: string, headers: Record<string, string> = {}) {
  return web.upgrade!(
    new Request(HOST + path, { headers: { upgrade: "websocket", origin: HOST, ...headers } }),
  )
}

/** The server's end of a WebSocket, as the web tier hands it to the app. */
class Peer implements SocketPeer {
  bufferedBytes = 0
  messages = 0
  readonly #heard: string[] = []
  readonly #closed = Promise.withResolvers<number | undefined>()
  #wake = () => {}

  /** The code it was closed with, once it is. */
  get closed(): Promise<number | undefined> {
    return this.#closed.promise
  }

  send(data: string | Uint8Array): void {
    this.messages++
    this.#heard.push(String(data))
    this.#wake()
  }

  close(code?: number): void {
    this.#closed.resolve(code)
  }

  // biome-ignore lint/suspicious/noExplicitAny: messages of every shape
  async next(): Promise<any> {
    while (this.#heard.length === 0) {
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
    return JSON.parse(this.#heard.shift()!)
  }
}
