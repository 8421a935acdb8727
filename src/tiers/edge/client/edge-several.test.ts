import assert from "node:assert/strict"
import { test } from "node:test"
import type { ServiceMap } from "../../../wire/map.ts"
import { mapOf, startBackend, startEdge, until } from "../testing/edge-fixture.ts"
import { EdgeProcess, sharedSocket } from "../testing/edge-process.ts"
import { RawClient } from "../testing/raw-client.ts"

/** The map with these front doors open, apart from those named `closed`. */
function withFronts(map: ServiceMap, open: readonly string[], closed: readonly string[] = []): ServiceMap {
  const front = (state: "open" | "closed") => (id: string) => ({ id, state })
  return { ...map, fronts: [...open.map(front("open")), ...closed.map(front("closed"))] }
}

for (const count of [2, 4])
  test(`${count} front doors on one socket: of 2,000 connections each takes its part`, async t => {
    const backend = await startBackend(t, (_, response) => response.end("ok"))
    const { fd, port } = sharedSocket(t)
    const ids = Array.from({ length: count }, (_, nth) => `edge-${nth + 1}`)
    const fronts = ids.map(id => new EdgeProcess(t, id, fd))
    for (const front of fronts) front.send(withFronts(mapOf([backend]), ids))
    await until(() => fronts.every(({ report }) => report?.state === "open" && report.ready))
    let left = 2_000
    const visit = async () => {
      while (left-- > 0) {
        const client = new RawClient(port)
        assert.equal((await client.get("/", "Connection: close\r\n")).status, 200)
        await client.closed
      }
    }
    await Promise.all(Array.from({ length: 16 }, visit))
    // The report of a front door comes with its next change.
    for (const front of fronts) front.send(withFronts(mapOf([backend]), ids))
    const taken = () => fronts.map(({ report }) => report?.requests ?? 0)
    await until(() => taken().reduce((sum, requests) => sum + requests) === 2_000)
    t.diagnostic(`taken: ${taken().join(" ")}`)
    // How even it is on a quiet machine is a bench's claim; here a process may be kept from running.
    for (const requests of taken()) assert.ok(requests >= 2_000 / count / 5, `taken: ${taken().join(" ")}`)
  })

test("front doors open and close beside others: each connection is answered, and told when to go", async t => {
  const backend = await startBackend(t, (_, response) => response.end("ok"))
  const { fd, port } = sharedSocket(t)
  const [first, second, third] = ["edge-1", "edge-2", "edge-3"].map(id => new EdgeProcess(t, id, fd))
  const all = [first!, second!, third!]
  const follow = (open: readonly string[], closed: readonly string[] = []) => {
    const map = withFronts(mapOf([backend]), open, closed)
    for (const front of all) front.send(map)
  }
  let stopped = false
  const failed: string[] = []
  let answered = 0
  const ask = async () => {
    while (!stopped) {
      const client = new RawClient(port)
      for (let nth = 0; nth < 20 && !stopped; nth++) {
        const answer = await client.get("/").catch(error => failed.push(String(error)))
        if (typeof answer === "number") break
        if (answer.status !== 200) failed.push(`status ${answer.status}`)
        answered++
        if (answer.header("connection") === "close") break
      }
      client.socket.end()
      await client.closed
    }
  }
  const isOpen = (front: EdgeProcess) => front.report?.state === "open"
  follow(["edge-1"])
  await until(() => isOpen(first!))
  const clients = Array.from({ length: 16 }, ask)
  follow(["edge-1", "edge-2", "edge-3"])
  await until(() => all.every(isOpen))
  const reached = answered + 300
  await until(() => answered >= reached)
  follow(["edge-1", "edge-2"], ["edge-3"])
  await until(() => third!.report?.state === "drained")
  follow(["edge-2"], ["edge-1", "edge-3"])
  await until(() => first!.report?.state === "drained")
  const enough = answered + 200
  await until(() => answered >= enough)
  stopped = true
  await Promise.all(clients)
  assert.deepEqual(failed, [])
})

test("a cap of the service is kept by two front doors together, and by the one that is left alone", async t => {
  const backend = await startBackend(t, (_, response) => response.end("ok"))
  const { edge, port } = await startEdge(t, [backend], { maxConnections: 4 })
  const statusOf = async () => (await new RawClient(port, t).get("/").catch(() => undefined))?.status
  await edge.apply(withFronts(mapOf([backend]), ["edge-1", "edge-2"]))
  assert.deepEqual([await statusOf(), await statusOf(), await statusOf()], [200, 200, 503])
  await until(() => edge.report().connections === 2)
  await edge.apply(withFronts(mapOf([backend]), ["edge-1"]))
  assert.deepEqual([await statusOf(), await statusOf(), await statusOf()], [200, 200, 503])
})
