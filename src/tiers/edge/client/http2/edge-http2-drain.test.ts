import assert from "node:assert/strict"
import { once } from "node:events"
import { test } from "node:test"
import { startBackend, startEdge, until } from "../../testing/edge-fixture.ts"
import { connect, request } from "../../testing/http2-client.ts"
import { errorOf, get, RawHttp2Client } from "../../testing/raw-http2-client.ts"

const lastIdOf = (payload: Buffer) => payload.readUInt32BE(0)

test("a draining door says so twice: first that streams should end, then which was the last", async t => {
  let answer = () => {}
  const backend = await startBackend(t, (_, response) => {
    answer = () => response.end("whole")
  })
  const { edge, port } = await startEdge(t, [backend])
  const client = new RawHttp2Client({ port }, t).begin().request(1, get("/"))
  await until(() => backend.requests === 1)
  const stopped = edge.stop(10_000)
  const first = await client.find(frame => frame.type === 7)
  assert.deepEqual([lastIdOf(first!.payload), errorOf(first!)], [2 ** 31 - 1, 0])
  // A stream on its way when the first GOAWAY was: served.
  client.request(3, get("/"))
  await until(() => backend.requests === 2)
  const ping = await client.find(frame => frame.type === 6 && frame.flags === 0)
  client.send(Buffer.from([0, 0, 8, 6, 1, 0, 0, 0, 0]), ping!.payload)
  const second = await client.find(frame => frame.type === 7 && lastIdOf(frame.payload) === 3)
  assert.equal(errorOf(second!), 0)
  // One opened after that: not served, not reset, and the client knows.
  client.request(5, get("/"))
  answer()
  await client.find(frame => frame.type === 0 && frame.stream === 3)
  assert.equal(client.body(3).toString(), "whole")
  assert.equal(backend.requests, 2)
  client.reset(1)
  await stopped
  assert.equal(
    client.frames.some(frame => frame.stream === 5),
    false,
  )
})

test("who never answers the PING is told the last stream all the same, and the door is drained", async t => {
  const backend = await startBackend(t, (_, response) => response.end())
  const { edge, port } = await startEdge(t, [backend])
  const client = new RawHttp2Client({ port }, t).begin().request(1, get("/"))
  await client.find(frame => frame.stream === 1)
  await edge.stop(10_000)
  assert.deepEqual(
    client.frames.filter(frame => frame.type === 7).map(frame => lastIdOf(frame.payload)),
    [2 ** 31 - 1, 1],
  )
})

test("a stream in progress finishes while the door drains, at the deadline an event stream is ended with a hint", async t => {
  const backend = await startBackend(t, (request, response) => {
    if (request.url === "/slow") setTimeout(() => response.end("slow"), 200)
    else response.writeHead(200, { "content-type": "text/event-stream" }).write("data: 1\n\n")
  })
  const { edge, port } = await startEdge(t, [backend])
  const session = connect(t, port)
  const slow = request(session, { ":path": "/slow" })
  const events = request(session, { ":path": "/events" })
  await until(() => backend.requests === 2)
  const stopped = edge.stop(500)
  assert.equal((await slow).body.toString(), "slow")
  assert.equal((await events).body.toString(), "data: 1\n\nretry: 1000\n\n")
  await stopped
  assert.equal(edge.report().aborted, 0)
})

test("doors that come and go under load fail no stream they took", async t => {
  const backend = await startBackend(t, (_, response) => setTimeout(() => response.end("ok"), 3))
  let door = await startEdge(t, [backend])
  let over = false
  const counts = { answered: 0, above: 0, connections: 0 }
  const load = async () => {
    while (!over) {
      const session = connect(t, door.port)
      counts.connections++
      let lastId = Number.POSITIVE_INFINITY
      let leaves = false
      session.on("goaway", (_, id) => {
        leaves = true
        lastId = id
      })
      while (!over && !leaves && !session.closed) {
        const streams = Array.from({ length: 8 }, () => session.request({ ":path": "/" }))
        await Promise.all(
          streams.map(async stream => {
            let ended = false
            stream
              .on("error", () => {})
              .on("end", () => {
                ended = true
              })
            await once(stream.resume(), "close")
            if (ended) counts.answered++
            // Never sent, or above the last id: the client may send it again elsewhere, by the standard.
            else if (stream.id === undefined || stream.id > lastId) counts.above++
            else assert.fail(`stream ${stream.id} failed; the last one taken was ${lastId}`)
          }),
        )
      }
      session.close()
    }
  }
  const loads = [load(), load(), load()]
  for (let round = 0; round < 5; round++) {
    const before = counts.answered
    await until(() => counts.answered > before + 100)
    const leaving = door
    door = await startEdge(t, [backend])
    await leaving.edge.stop(10_000)
    assert.equal(leaving.edge.report().aborted, 0)
  }
  over = true
  await Promise.all(loads)
  t.diagnostic(JSON.stringify(counts))
  assert.ok(counts.connections > 5)
})
