import assert from "node:assert/strict"
import { once } from "node:events"
import { type AddressInfo, connect, createServer, type Socket } from "node:net"
import { type TestContext, test } from "node:test"
import { writeQuick } from "./quick-write.ts"

async function joined(t: TestContext): Promise<[near: Socket, far: Socket]> {
  const server = createServer({ pauseOnConnect: true }).listen(0, "127.0.0.1")
  t.after(() => server.close())
  await once(server, "listening")
  const near = connect((server.address() as AddressInfo).port, "127.0.0.1")
  t.after(() => near.destroy())
  const [[far]] = (await Promise.all([once(server, "connection"), once(near, "connect")])) as [[Socket], []]
  t.after(() => far.destroy())
  return [near, far]
}

/** What goes through the stream from now on, and not past it. */
function throughStream(socket: Socket): { count: number } {
  const seen = { count: 0 }
  const write = socket._write
  Object.assign(socket, {
    _write(...args: Parameters<Socket["_write"]>) {
      seen.count++
      write.apply(socket, args)
    },
  })
  return seen
}

async function allOf(far: Socket): Promise<string> {
  let text = ""
  for await (const bytes of far.setEncoding("latin1")) text += bytes
  return text
}

const chunk = "x".repeat(15_000)

/** Until the kernel takes no more. Tells how much was written. */
function fill(near: Socket): number {
  let written = 0
  while (near.writableLength === 0) {
    writeQuick(near, written % 2 === 0 ? chunk : Buffer.from(chunk))
    written += chunk.length
  }
  return written
}

test("what the kernel takes at once goes past the stream, text and bytes; this Node has what that needs", async t => {
  const [near, far] = await joined(t)
  const seen = throughStream(near)
  assert.equal(writeQuick(near, "h\u00e9"), true)
  assert.equal(writeQuick(near, Buffer.from("\u00ff", "latin1")), true)
  assert.deepEqual([seen.count, near.writableLength], [0, 0])
  near.end()
  assert.equal(await allOf(far), "h\u00e9\u00ff")
})

test("what it does not take is the stream's: counted, told when it drains, and before what comes later and the end", async t => {
  const [near, far] = await joined(t)
  let written = fill(near)
  assert.ok(near.writableLength > 0)
  let room = true
  while (room) {
    room = writeQuick(near, chunk)
    written += chunk.length
  }
  assert.ok(near.writableNeedDrain)
  const arrived = allOf(far)
  await once(near, "drain")
  assert.equal(near.writableLength, 0)
  assert.equal(near._write, Object.getPrototypeOf(near)._write)
  assert.equal(writeQuick(near, "last"), true)
  fill(near)
  near.end("end")
  const text = await arrived
  assert.equal(text.slice(0, written), "x".repeat(written))
  assert.match(text.slice(written), /^lastx+end$/)
})

test("a peer that is gone is an error as always; who destroyed it himself hears of none", async t => {
  const [near, far] = await joined(t)
  const failed = once(near, "error")
  far.resetAndDestroy()
  const again = setInterval(() => near.destroyed || writeQuick(near, "x"), 1)
  t.after(() => clearInterval(again))
  const [error] = (await failed) as [NodeJS.ErrnoException]
  assert.match(`${error.code}`, /^(ECONNRESET|EPIPE)$/)

  const [other] = await joined(t)
  other.on("error", assert.ifError)
  fill(other)
  other.destroy()
  await once(other, "close")
  writeQuick(other, "into the void")
})

test("a peer that resets the connection while bytes wait is an error with its code", async t => {
  const [near, far] = await joined(t)
  fill(near)
  const failed = once(near, "error")
  far.resetAndDestroy()
  const [error] = (await failed) as [NodeJS.ErrnoException]
  assert.match(`${error.code}`, /^(ECONNRESET|EPIPE)$/)
})

test("before the connection stands the stream keeps it", async t => {
  const server = createServer().listen(0, "127.0.0.1")
  t.after(() => server.close())
  await once(server, "listening")
  const near = connect((server.address() as AddressInfo).port, "127.0.0.1")
  t.after(() => near.destroy())
  writeQuick(near, "early")
  assert.equal(near.writableLength, 5)
  const [far] = (await once(server, "connection")) as [Socket]
  near.end()
  assert.equal(await allOf(far), "early")
})
