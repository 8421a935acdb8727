import assert from "node:assert/strict"
import { once } from "node:events"
import { type AddressInfo, connect, createServer, type Socket } from "node:net"
import { type TestContext, test } from "node:test"
import { gathered, writeShared } from "./shared-write.ts"

async function joined(t: TestContext): Promise<[Socket, Socket]> {
  const server = createServer().listen(0, "127.0.0.1")
  t.after(() => server.close())
  await once(server, "listening")
  const near = connect((server.address() as AddressInfo).port, "127.0.0.1")
  t.after(() => near.destroy())
  const [far] = (await once(server, "connection")) as [Socket]
  t.after(() => far.destroy())
  return [near, far]
}

test("what waits for a reader that has stopped costs its own bytes, and comes as it was written", async t => {
  const [near, far] = await joined(t)
  const large = Buffer.alloc(64 * 1024, "x")
  let written = 0
  while (near.writableLength === 0) {
    near.write(large)
    written += large.length
  }
  const before = process.memoryUsage().arrayBuffers
  const events = Array.from({ length: 500 }, (_, count) => `data: ${count}\n\n`)
  for (const event of events) writeShared(near, gathered([event]))
  const cost = process.memoryUsage().arrayBuffers - before
  assert.ok(cost < 500 * 1024, `${cost} bytes are held for ${events.join("").length}`)

  const text = events.join("")
  let received = Buffer.alloc(0)
  let count = 0
  far.on("data", bytes => {
    count += bytes.length
    received = Buffer.concat([received, bytes]).subarray(-text.length)
  })
  while (count < written + text.length) await once(far, "data")
  assert.equal(received.toString(), text)
})
