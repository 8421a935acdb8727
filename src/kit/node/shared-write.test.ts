import assert from "node:assert/strict"
import { once } from "node:events"
import { type AddressInfo, connect, createServer, type Socket } from "node:net"
import { type TestContext, test } from "node:test"
import { setImmediate } from "node:timers/promises"
import { endInTurn, gathered, writeInTurn, writeShared } from "./shared-write.ts"

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

async function textOf(far: Socket): Promise<string> {
  let text = ""
  for await (const bytes of far.setEncoding("latin1")) text += bytes
  return text
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

test("what is written in one turn arrives in its order, small or large, whatever was written in between, and then the end", async t => {
  const pairs = await Promise.all(Array.from({ length: 40 }, () => joined(t)))
  const expected = pairs.map(() => "")
  const arrived = pairs.map(([, far]) => textOf(far))
  for (let nth = 0; nth < 1_000; nth++) {
    const at = (nth * 7) % pairs.length
    const [near] = pairs[at]!
    const text = `${nth}:${"x".repeat((nth * nth) % (nth % 50 === 0 ? 40_000 : 3_000))}\n`
    expected[at] += text
    if (nth % 3 === 0) writeInTurn(near, text)
    else if (nth % 11 === 0) writeShared(near, gathered([text]))
    else writeInTurn(near, gathered([text.slice(0, 1), text.slice(1)]))
  }
  for (const [near] of pairs) endInTurn(near)
  assert.deepEqual(await Promise.all(arrived), expected)
})

test("where few connections speak in a turn, the kernel has the bytes at once; where many do, at its end", async t => {
  const [[quiet, hears], [crowded, misses]] = await Promise.all([joined(t), joined(t)])
  for (let nth = 0; nth < 200; nth++) {
    writeInTurn(quiet, ".")
    await setImmediate()
  }
  writeInTurn(quiet, "last")
  quiet.destroy()
  assert.equal((await textOf(hears)).slice(-5), ".last")

  for (let nth = 0; nth < 200; nth++) writeInTurn(crowded, ".")
  await setImmediate()
  writeInTurn(crowded, "last")
  crowded.destroy()
  assert.equal((await textOf(misses)).slice(-5), ".....")
})

test("who is gone by the end of the turn keeps nobody from his bytes", async t => {
  const [[gone], [near, far]] = await Promise.all([joined(t), joined(t)])
  writeInTurn(gone, gathered(["lost"]))
  writeInTurn(near, gathered(["heard"]))
  gone.destroy()
  const [bytes] = await once(far, "data")
  assert.equal(String(bytes), "heard")
})
