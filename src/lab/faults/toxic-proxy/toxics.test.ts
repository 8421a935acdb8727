import assert from "node:assert/strict"
import { test } from "node:test"
import { aWhile, lineThrough, type SocketEnd } from "./testing/socket-ends.ts"
import { effectOf, noEffect, slice } from "./toxic.ts"
import { bandwidthFault, cutFault, delayFault, resetFault, slicingFault } from "./toxic-faults.ts"

test("toxics of one way add up, and none is none", () => {
  assert.deepEqual(effectOf([]), noEffect)
  const effect = effectOf([
    { type: "delay", delayMs: 10, jitterMs: 5 },
    { type: "delay", delayMs: 20 },
    { type: "slicing", bytes: 100, pauseMs: 1 },
    { type: "slicing", bytes: 10, pauseMs: 3 },
    { type: "bandwidth", bytesPerSecond: 5000 },
    { type: "bandwidth", bytesPerSecond: 1000 },
  ])
  assert.deepEqual(effect, {
    isCut: false,
    hidesEnds: false,
    delayMs: 30,
    jitterMs: 5,
    sliceBytes: 10,
    pauseMs: 3,
    bytesPerSecond: 1000,
  })
  assert.deepEqual(slice(1000, effect), { bytes: 10, thenMs: 3 + 10 })
  assert.deepEqual(slice(4, effect), { bytes: 4, thenMs: 3 + 4 })
  assert.deepEqual(slice(1_000_000, noEffect), { bytes: 1_000_000, thenMs: 0 })
  // However narrow: something goes.
  assert.equal(slice(10, { ...noEffect, bytesPerSecond: 1 }).bytes, 1)
})

test("a delay is kept by every piece, with jitter and in order, and what is under way keeps it when it is healed", async t => {
  const { both, proxy } = await lineThrough(t, "unix", "tcp", 7)
  const { client, server } = await both()
  const delay = delayFault(proxy, "up", "client-server", { delayMs: 40, jitterMs: 60 })
  await delay.strike()
  const startedMs = performance.now()
  const words = Array.from({ length: 30 }, (_, index) => `word ${index},`)
  for (const word of words) {
    client.socket.write(word)
    await new Promise(resolve => setImmediate(resolve))
  }
  await server.until(end => end.text !== "")
  assert.ok(performance.now() - startedMs >= 39, "the first came too early")
  await delay.heal()
  client.socket.end("end")
  await server.until(end => end.ended)
  assert.equal(server.text, `${words.join("")}end`)
})

test("a delay of one way leaves the other alone", async t => {
  const { both, proxy } = await lineThrough(t, "tcp", "tcp")
  const { client, server } = await both()
  await delayFault(proxy, "up", "client-server", { delayMs: 60_000 }).strike()
  client.socket.write("slow")
  server.socket.write("quick")
  await client.has("quick")
  await aWhile()
  assert.equal(server.text, "")
})

test("slices are small and apart; a narrow line is slow", async t => {
  const { both, proxy } = await lineThrough(t, "tcp", "tcp")
  const { client, server } = await both()
  const slicing = slicingFault(proxy, "up", "client-server", { bytes: 7, pauseMs: 5 })
  await slicing.strike()
  const slicedMs = performance.now()
  client.socket.write("x".repeat(70))
  await server.until(end => end.text.length === 70)
  assert.ok(performance.now() - slicedMs >= 9 * 5, "ten slices came too early")
  assert.ok(server.pieces.length >= 5 && server.pieces[0] === 7, String(server.pieces))
  await slicing.heal()
  const narrow = bandwidthFault(proxy, "up", "client-server", 100_000)
  await narrow.strike()
  const narrowMs = performance.now()
  client.socket.write("y".repeat(20_000))
  await server.until(end => end.text.length === 20_070)
  const tookMs = performance.now() - narrowMs
  assert.ok(tookMs >= 180, `20 kB at 100 kB/s in ${tookMs} ms`)
  await narrow.heal()
})

for (const cut of [false, true]) {
  test(`who sends faster than is ${cut ? "let through by a cut" : "read"} has to wait, and nothing is lost`, async t => {
    const { both, proxy } = await lineThrough(t, "unix", "unix")
    const { client, server } = await both()
    const fault = cutFault(proxy, "up", "client-server")
    if (cut) await fault.strike()
    else server.socket.pause()
    const total = 8_000_000
    client.socket.end(Buffer.alloc(total, "z"))
    await untilStill(client)
    const taken = total - client.socket.writableLength
    const socketBuffers = 1_000_000
    assert.ok(taken < 1024 * 1024 + socketBuffers, `${taken} bytes were taken`)
    await fault.heal()
    server.socket.resume()
    await server.until(end => end.ended)
    assert.equal(server.text.length, total)
  })
}

test("faults heal at any time: before the strike, twice, and each only itself", async t => {
  const { both, proxy } = await lineThrough(t, "tcp", "tcp")
  const { client, server } = await both()
  const [one, other] = [cutFault(proxy, "both", "a-b"), cutFault(proxy, "up", "a-b")]
  assert.deepEqual([one.name, one.subject, one.detail], ["cut", "a-b", "both ways, toxic proxy"])
  assert.equal(other.detail, "up only, toxic proxy")
  await one.heal()
  await one.strike()
  await one.strike()
  await other.strike()
  await one.heal()
  await one.heal()
  client.socket.write("still cut")
  server.socket.write("not cut")
  await client.has("not cut")
  await aWhile()
  assert.equal(server.text, "")
  await other.heal()
  await server.has("still cut")
  const reset = resetFault(proxy, "a-b")
  await reset.strike()
  await reset.heal()
  await client.until(end => end.error === "ECONNRESET")
})

/** Until what the socket still holds has stayed the same for a while. */
async function untilStill({ socket }: SocketEnd): Promise<void> {
  for (let before = -1; before !== socket.bytesWritten - socket.writableLength; ) {
    before = socket.bytesWritten - socket.writableLength
    await aWhile()
  }
}
