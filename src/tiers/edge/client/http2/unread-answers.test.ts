import assert from "node:assert/strict"
import { networkInterfaces } from "node:os"
import { test } from "node:test"
import { frameType } from "../../../../http2/http2.ts"
import { startBackend, startEdge, until } from "../../testing/edge-fixture.ts"
import { errorOf, get, RawHttp2Client } from "../../testing/raw-http2-client.ts"
import { UnreadAnswers } from "./unread-answers.ts"

test("what waits is counted by the client's network, and forgotten when it is read; loopback is nobody", () => {
  const all = new UnreadAnswers(1)
  const [one, other, far, here] = ["2001:db8::1", "2001:db8::2", "10.0.0.1", "127.0.0.1"].map(address =>
    all.of(address),
  )
  one!.change(40_000)
  other!.change(30_000)
  here!.change(1_000_000)
  assert.deepEqual(
    [one, other, far, here].map(unread => unread!.tooMuch),
    [true, true, false, false],
  )
  other!.change(-30_000)
  assert.equal(one!.tooMuch, false)
})

test("one address can leave so much unread and no more: further answers are reset, those it reads arrive whole", async t => {
  const host = Object.values(networkInterfaces())
    .flatMap(entries => entries ?? [])
    .find(({ family, internal }) => family === "IPv4" && !internal)?.address
  if (host === undefined) return t.skip("this machine has no address but loopback's")
  const body = Buffer.alloc(300_000, "x")
  const backend = await startBackend(t, (_, response) => response.end(body))
  const limits = { maxConnectionsPerAddress: 8 }
  const { port, edge } = await startEdge(t, [backend], limits, { host })
  const client = new RawHttp2Client({ port, host }, t).begin()
  const ids = Array.from({ length: 30 }, (_, at) => 2 * at + 1)
  for (const id of ids) client.request(id, get("/"))
  const resets = () => client.frames.filter(({ type }) => type === frameType.rstStream)
  // Eight times 64 KiB may wait: at least a dozen would be more, were they all kept.
  await until(() => backend.requests === 30 && resets().length >= 18)
  const isReset = (id: number) => resets().some(({ stream }) => stream === id)
  const isWhole = (id: number) =>
    client.frames.some(
      ({ type, stream, flags }) => type === frameType.data && stream === id && (flags & 1) === 1,
    )
  client.widen(0, 2 ** 30)
  for (const id of ids) if (!isReset(id)) client.widen(id, 2 ** 30)
  await until(() => ids.every(id => isReset(id) || isWhole(id)))
  for (const reset of resets()) assert.equal(errorOf(reset), 11)
  assert.equal(edge.report().refusals?.BN2026, resets().length)
  const kept = ids.filter(id => !isReset(id))
  assert.ok(kept.length >= 3, `${kept.length} kept`)
  for (const id of kept) assert.equal(client.body(id).length, body.length)
  client.request(101, get("/")).widen(101, 2 ** 30)
  await until(() => isWhole(101))
})
