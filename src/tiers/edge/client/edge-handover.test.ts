import assert from "node:assert/strict"
import { test } from "node:test"
import type { ServiceMap } from "../../../wire/map.ts"
import { mapOf, startBackend, until } from "../testing/edge-fixture.ts"
import { EdgeProcess, sharedSocket } from "../testing/edge-process.ts"
import { RawClient } from "../testing/raw-client.ts"

type Tally = { answered: number; onNew: number; failed: string[] }

/** Asks without a pause on kept-alive connections, and opens a new one whenever told to, or every `perConnection`. */
async function ask(port: number, tally: Tally, stop: () => boolean, perConnection: number): Promise<void> {
  while (!stop()) {
    const client = new RawClient(port)
    tally.onNew++
    try {
      for (let count = 0; count < perConnection && !stop(); count++) {
        const answer = await client.get("/")
        if (answer.status === 200) tally.answered++
        else tally.failed.push(`status ${answer.status}: ${answer.body}`)
        if (answer.header("connection") === "close") break
      }
    } catch (error) {
      tally.failed.push(String(error))
    }
    client.socket.end()
    await client.closed
  }
}

test("ten hand-overs between front doors that share a socket: no request fails", async t => {
  const backend = await startBackend(t, (_, response) => response.end("x".repeat(500)))
  const { fd, port } = sharedSocket(t)
  const map = (open: readonly string[], closed: readonly string[]): ServiceMap => ({
    ...mapOf([backend]),
    fronts: [
      ...open.map(id => ({ id, state: "open" as const })),
      ...closed.map(id => ({ id, state: "closed" as const })),
    ],
  })
  let current = new EdgeProcess(t, "edge-1", fd)
  current.send(map(["edge-1"], []))
  await until(() => current.report?.state === "open" && current.report.ready)

  const tally: Tally = { answered: 0, onNew: 0, failed: [] }
  let stopped = false
  const stop = () => stopped
  const clients = [
    ...Array.from({ length: 12 }, () => ask(port, tally, stop, Number.POSITIVE_INFINITY)),
    ...Array.from({ length: 4 }, () => ask(port, tally, stop, 1)),
  ]
  for (let round = 2; round <= 11; round++) {
    const next = new EdgeProcess(t, `edge-${round}`, fd)
    next.send(map([current.id], [next.id]))
    await until(() => next.report?.ready === true)
    const both = map([current.id, next.id], [])
    for (const one of [current, next]) one.send(both)
    await until(() => next.report?.state === "open")
    const only = map([next.id], [current.id])
    for (const one of [current, next]) one.send(only)
    const leaving = current
    await until(() => leaving.report?.state === "drained")
    await leaving.kill()
    current = next
    const target = tally.answered + 50
    await until(() => tally.answered > target)
  }
  stopped = true
  await Promise.all(clients)
  t.diagnostic(`${tally.answered} answered over ${tally.onNew} connections`)
  assert.deepEqual(tally.failed, [])
})

test("connections wait in the queue while there is no front door, and the next one answers them", async t => {
  const backend = await startBackend(t, (_, response) => response.end("ok"))
  const { fd, port } = sharedSocket(t)
  const first = new EdgeProcess(t, "edge-1", fd)
  first.send(mapOf([backend]))
  await until(() => first.report?.state === "open" && first.report.ready)
  await first.kill()
  const answers = Array.from({ length: 20 }, () => new RawClient(port, t).get("/"))
  const second = new EdgeProcess(t, "edge-1", fd)
  second.send(mapOf([backend]))
  for (const answer of await Promise.all(answers)) assert.equal(answer.status, 200)
})

test("a door that gave an inherited socket back cannot open it again, and says so", async t => {
  const backend = await startBackend(t, (_, response) => response.end("ok"))
  const { fd } = sharedSocket(t)
  const edge = new EdgeProcess(t, "edge-1", fd)
  edge.send(mapOf([backend]))
  await until(() => edge.report?.state === "open" && edge.report.ready)
  edge.send(mapOf([backend], "closed"))
  await until(() => edge.report?.state === "drained")
  edge.send(mapOf([backend], "open"))
  await until(() => edge.errors.includes("has closed the socket it was born with"))
})
