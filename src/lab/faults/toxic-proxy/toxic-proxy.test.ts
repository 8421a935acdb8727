import assert from "node:assert/strict"
import { type ChildProcess, spawn } from "node:child_process"
import { createHash, randomBytes } from "node:crypto"
import { once } from "node:events"
import { type TestContext, test } from "node:test"
import { aWhile, clientOf, type Family, lineThrough } from "./testing/socket-ends.ts"
import { cutFault, halfOpenFault } from "./toxic-faults.ts"
import { ToxicProxy } from "./toxic-proxy.ts"

const pairs: readonly (readonly [Family, Family])[] = [
  ["tcp", "tcp"],
  ["tcp", "unix"],
  ["unix", "tcp"],
  ["unix", "unix"],
]

for (const [front, back] of pairs) {
  test(`${front} to ${back}: every byte and every end passes, both ways`, async t => {
    const { both, proxy } = await lineThrough(t, front, back)
    const { client, server } = await both()
    const sent = randomBytes(3_000_000)
    client.socket.end(sent)
    await server.until(end => end.ended)
    assert.equal(hashOf(server.text), hashOf(sent.toString("latin1")))
    assert.equal(client.ended, false)
    server.socket.end("thanks")
    await client.until(end => end.ended)
    assert.equal(client.text, "thanks")
    await client.until(() => proxy.connections === 0)
  })

  test(`${front} to ${back}: a reset is felt on both sides`, async t => {
    const { both, proxy } = await lineThrough(t, front, back)
    const { client, server } = await both()
    // Unread at the server's side of the proxy or not: on TCP it makes no difference.
    assert.equal(proxy.reset(), 1)
    const felt = (family: Family) => (family === "tcp" ? "ECONNRESET" : undefined)
    await client.until(end => end.ended || end.error !== undefined)
    await server.until(end => end.ended || end.error !== undefined)
    assert.deepEqual([client.error, server.error], [felt(front), felt(back)])
    client.socket.write("late")
    await client.until(end => end.error !== undefined || end.socket.destroyed)
  })
}

test("a reset by one peer reaches the other as one", async t => {
  const { both } = await lineThrough(t, "tcp", "tcp")
  const { client, server } = await both()
  server.socket.resetAndDestroy()
  await client.until(end => end.error === "ECONNRESET")
})

test("a server that is not there: the client is reset, and it is told", async t => {
  const gone = Promise.withResolvers<void>()
  const to = { path: "/nonexistent/banyan.sock" }
  const listen = { host: "127.0.0.1", port: 0 }
  const proxy = await ToxicProxy.listen({ listen, to, seed: 1, onServerGone: gone.resolve })
  t.after(() => proxy.close())
  const client = await clientOf(t, proxy.address)
  await client.until(end => end.error === "ECONNRESET")
  await gone.promise
})

for (const [ways, heard] of [
  ["up", { server: "", client: "b" }],
  ["down", { server: "a", client: "" }],
  ["both", { server: "", client: "" }],
] as const) {
  test(`a cut (${ways}) is silence, and its healing brings everything in order`, async t => {
    const { both, proxy } = await lineThrough(t, "tcp", "unix")
    const { client, server } = await both()
    const cut = cutFault(proxy, ways, "client-server")
    await cut.strike()
    client.socket.write("a")
    server.socket.write("b")
    await aWhile()
    assert.deepEqual({ server: server.text, client: client.text }, heard)
    client.socket.end("A")
    server.socket.end("B")
    await aWhile()
    assert.equal(server.ended, ways === "down")
    assert.equal(client.ended, ways === "up")
    await cut.heal()
    await server.until(end => end.ended)
    await client.until(end => end.ended)
    assert.deepEqual(
      [server.text, client.text, client.error, server.error],
      ["aA", "bB", undefined, undefined],
    )
  })
}

test("the death of a process behind a cut is not heard of before it is healed", async t => {
  const child = await echoProcess(t)
  const to = { host: "127.0.0.1", port: child.port }
  const proxy = await ToxicProxy.listen({ listen: { host: "127.0.0.1", port: 0 }, to, seed: 1 })
  t.after(() => proxy.close())
  const client = await clientOf(t, proxy.address)
  client.socket.write("hello")
  await client.has("hello")
  const cut = cutFault(proxy, "both", "client-echo")
  await cut.strike()
  child.process.kill("SIGKILL")
  await once(child.process, "exit")
  client.socket.write("anybody?")
  await aWhile()
  assert.deepEqual([client.ended, client.error, client.socket.destroyed], [false, undefined, false])
  await cut.heal()
  await client.until(end => end.ended || end.error !== undefined)
})

test("who connects during a cut is silent until it is healed; who gave up was never there", async t => {
  const { client, proxy, server } = await lineThrough(t, "tcp", "tcp")
  const cut = cutFault(proxy, "down", "client-server")
  await cut.strike()
  const patient = await client()
  const hasty = await client()
  patient.socket.write("patient")
  hasty.socket.end("hasty")
  await hasty.until(() => proxy.connections === 1)
  assert.equal(server.length, 0)
  await cut.heal()
  await patient.until(() => server.length > 0)
  await server[0]!.has("patient")
  assert.equal(server.length, 1)
})

test("half-open: the end of one side is not told, what is sent to it is lost, healing tells", async t => {
  const { both, proxy } = await lineThrough(t, "tcp", "tcp")
  const { client, server } = await both()
  const halfOpen = halfOpenFault(proxy, "down", "server")
  await halfOpen.strike()
  server.socket.write("last words")
  await client.has("last words")
  server.socket.resetAndDestroy()
  client.socket.write("anybody?")
  await aWhile()
  client.socket.write("anybody at all?")
  await aWhile()
  assert.deepEqual([client.ended, client.error], [false, undefined])
  await halfOpen.heal()
  await client.until(end => end.error === "ECONNRESET")
})

test("close ends every connection and frees the place", async t => {
  const { both, proxy, client } = await lineThrough(t, "tcp", "unix")
  const { client: first } = await both()
  cutFault(proxy, "both", "x").strike()
  const second = await client()
  await proxy.close()
  await proxy.close()
  assert.equal(proxy.connections, 0)
  await first.until(end => end.ended)
  await second.until(end => end.ended)
  await assert.rejects(client(), { code: "ECONNREFUSED" })
})

test("a place that is taken is told with what and where", async t => {
  const { proxy } = await lineThrough(t, "tcp", "tcp")
  const again = ToxicProxy.listen({ listen: proxy.address, to: proxy.address, seed: 1 })
  await assert.rejects(again, { code: "BN3020", message: /a toxic proxy of 127\.0\.0\.1:\d+ .*EADDRINUSE/ })
})

function hashOf(text: string): string {
  return createHash("sha256").update(text, "latin1").digest("hex")
}

async function echoProcess(t: TestContext): Promise<{ process: ChildProcess; port: number }> {
  const script = `const s = require("node:net").createServer(c => c.pipe(c))
    s.listen(0, "127.0.0.1", () => console.log(s.address().port))`
  const process_ = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] })
  t.after(() => process_.kill("SIGKILL"))
  const [line] = await once(process_.stdout, "data")
  return { process: process_, port: Number(String(line)) }
}
