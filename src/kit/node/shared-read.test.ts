import assert from "node:assert/strict"
import { once } from "node:events"
import { type AddressInfo, connect, createServer, type Socket } from "node:net"
import { type TestContext, test } from "node:test"
import { readShared } from "./shared-read.ts"

/** Two ends of a connection, the second one just accepted: `use` is called in the turn that accepted it. */
async function joined(t: TestContext, use: (accepted: Socket) => void): Promise<[Socket, Socket]> {
  const server = createServer({ allowHalfOpen: true }, use).listen(0, "127.0.0.1")
  t.after(() => server.close())
  await once(server, "listening")
  const near = connect((server.address() as AddressInfo).port, "127.0.0.1")
  t.after(() => near.destroy())
  const [accepted] = (await once(server, "connection")) as [Socket]
  t.after(() => accepted.destroy())
  return [near, accepted]
}

test("accepted connections are read into one memory; this Node has what that needs", async t => {
  const memories: ArrayBufferLike[] = []
  const texts: string[] = []
  const use = (accepted: Socket) =>
    readShared(accepted, bytes => {
      memories.push(bytes.buffer)
      texts.push(bytes.toString())
      accepted.end("heard")
    })
  for (const text of ["one", "two"]) {
    const [near] = await joined(t, use)
    near.end(text)
    assert.equal(`${(await once(near, "data"))[0]}`, "heard")
  }
  assert.deepEqual(texts, ["one", "two"])
  assert.equal(memories[0], memories[1])
})

test("who wants no more for now gets no more before it reads on, then the end", async t => {
  const heard: string[] = []
  const [near, accepted] = await joined(t, accepted => {
    readShared(accepted, bytes => {
      heard.push(bytes.toString())
      accepted.pause()
    })
  })
  near.write("a")
  while (heard.length < 1) await new Promise(resolve => setImmediate(resolve))
  near.end("b")
  await once(near, "finish")
  for (let turn = 0; turn < 20; turn++) await new Promise(resolve => setImmediate(resolve))
  assert.deepEqual(heard, ["a"])
  accepted.resume()
  while (heard.length < 2) await new Promise(resolve => setImmediate(resolve))
  accepted.resume()
  await once(accepted, "end")
})
