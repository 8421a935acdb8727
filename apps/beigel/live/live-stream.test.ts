import assert from "node:assert/strict"
import test from "node:test"
import type { Services } from "banyan"
import type { BeigelTables } from "../tables.ts"
import { LiveHub } from "./live-hub.ts"
import { type LiveStreamOptions, liveStream } from "./live-stream.ts"

test("a gap in the notices becomes a gap in the feed", async () => {
  const { hub, gap } = hubOnly()
  const reader = await read(hub, {})
  gap()
  assert.equal(await reader.next(), "event: gap\ndata: {}\n\n")
  await reader.cancel()
})

test("who missed too much is told so", async () => {
  const reader = await read(hubOnly().hub, { missed: async () => undefined })
  assert.equal(await reader.next(), "event: gap\ndata: {}\n\n")
  await reader.cancel()
})

test("silence is broken now and then", async () => {
  const reader = await read(hubOnly().hub, { heartbeatMs: 5 })
  assert.equal(await reader.next(), ": still here\n\n")
  await reader.cancel()
})

test("the stream of a reader who does not read ends, and costs nothing more", async () => {
  const { hub, gap } = hubOnly()
  const reader = await read(hub, {})
  for (let n = 0; n < 10_000; n++) gap()
  let events = 0
  while ((await reader.next()) !== undefined) events++
  assert.equal(events, 256)
})

test("when nothing can be listened to, the next reader tries again", async () => {
  let attempts = 0
  const hub = new LiveHub({
    ...nothing,
    listen: async () => {
      if (++attempts === 1) throw new Error("the database is away")
      return async () => {}
    },
  })
  await assert.rejects(read(hub, {}), /away/)
  await (await read(hub, {})).cancel()
  assert.equal(attempts, 2)
})

const nothing = {
  db: undefined as unknown as Services<BeigelTables>["db"],
  log: { info() {}, error() {} },
}

/** A hub whose notices never come, and which can be told that some were missed. */
function hubOnly() {
  let gap = () => {}
  const hub = new LiveHub({
    ...nothing,
    listen: async (_channel, _onNotice, onGap) => {
      gap = onGap ?? gap
      return async () => {}
    },
  })
  return { hub, gap: () => gap() }
}

/** The stream's events after its first, the retry hint. */
async function read(hub: LiveHub, options: Partial<LiveStreamOptions>) {
  const stream = await liveStream({ hub, cafeIds: new Set(), missed: async () => [], ...options })
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader()
  assert.equal((await reader.read()).value, "retry: 1000\n\n")
  return { next: async () => (await reader.read()).value, cancel: () => reader.cancel() }
}
