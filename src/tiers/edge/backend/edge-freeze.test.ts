import assert from "node:assert/strict"
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { type TestContext, test } from "node:test"
import { fileURLToPath } from "node:url"
import { startEdge, startRawBackend, temporaryFolder, until } from "../testing/edge-fixture.ts"
import { RawClient } from "../testing/raw-client.ts"

/** A backend process; `freeze` stops it as a whole (SIGSTOP), `thaw` lets it go on. */
class FreezableBackend {
  readonly id: string
  readonly address: { path: string }
  /** `METHOD /path` of every request it began to handle. */
  readonly received: string[] = []
  readonly #child: ChildProcess

  constructor(t: TestContext, id: string) {
    this.id = id
    this.address = { path: join(temporaryFolder(t), "s") }
    const script = fileURLToPath(new URL("../testing/backend-child.ts", import.meta.url))
    this.#child = spawn(process.execPath, [script, this.address.path, id], {
      stdio: ["ignore", "pipe", "inherit"],
    })
    createInterface({ input: this.#child.stdout! }).on("line", line => this.received.push(line))
    t.after(async () => {
      const exited = once(this.#child, "exit")
      this.#child.kill("SIGKILL")
      await exited
    })
  }

  freeze(): void {
    this.#child.kill("SIGSTOP")
  }

  thaw(): void {
    this.#child.kill("SIGCONT")
  }
}

async function freezable(t: TestContext, count: number) {
  const backends = Array.from({ length: count }, (_, at) => new FreezableBackend(t, `web-${at + 1}`))
  await until(() => backends.every(backend => existsSync(backend.address.path)))
  const running = await startEdge(t, backends)
  const healthy = () => running.edge.report().backends.filter(backend => backend.healthy).length
  await until(() => healthy() === count)
  return { ...running, backends, healthy }
}

test("backends frozen one after the other under load cost no request that may be sent again", async t => {
  const { port, edge, backends, healthy } = await freezable(t, 3)
  let stop = false
  let answered = 0
  let longestMs = 0
  const clients = Array.from({ length: 24 }, async () => {
    const client = new RawClient(port, t)
    while (!stop) {
      const sentMs = performance.now()
      assert.equal((await client.get("/")).status, 200)
      longestMs = Math.max(longestMs, performance.now() - sentMs)
      answered++
    }
  })
  const outAfterMs: number[] = []
  for (const victim of backends) {
    const target = answered + 100
    await until(() => answered > target)
    const frozenMs = performance.now()
    victim.freeze()
    await until(() => healthy() === 2)
    outAfterMs.push(performance.now() - frozenMs)
    const after = answered + 100
    await until(
      () => answered > after && edge.report().backends.every(one => one.healthy || one.outstanding === 0),
    )
    victim.thaw()
    await until(() => healthy() === 3)
  }
  stop = true
  await Promise.all(clients)
  const words = outAfterMs.map(ms => ms.toFixed(0)).join(", ")
  t.diagnostic(`${answered} answered, longest ${longestMs.toFixed(0)} ms; out of rotation after ${words} ms`)
  assert.ok(Math.max(...outAfterMs) <= 2_000, `out of rotation after ${words} ms`)
  assert.equal(edge.report().aborted, 0)
})

/** Each request on a connection of its own: with two idle backends, half of them go to either. */
function send(port: number, t: TestContext, count: number, request: string) {
  const clients = Array.from({ length: count }, () => new RawClient(port, t).send(request))
  return clients.map(client => client.answer())
}

test("what is not idempotent waits for the frozen backend, and is done once", async t => {
  const { port, backends, healthy, edge } = await freezable(t, 2)
  const [frozen, well] = backends as [FreezableBackend, FreezableBackend]
  frozen.freeze()
  const answers = send(port, t, 8, "POST /order HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\none")
  await until(() => healthy() === 1)
  const gets = send(port, t, 8, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
  for (const answer of await Promise.all(gets)) assert.equal(answer.body.toString(), "web-2 ")
  const waiting = edge.report().outstanding
  assert.ok(waiting > 0 && waiting < 8, `${waiting} wait`)
  frozen.thaw()
  for (const answer of await Promise.all(answers)) assert.match(answer.body.toString(), /^web-[12] one$/)
  const orders = () => [...frozen.received, ...well.received].filter(line => line === "POST /order").length
  await until(() => orders() >= 8)
  assert.equal(orders(), 8)
  assert.equal(edge.report().retries, 0)
})

test("a PUT goes elsewhere with its body; the late answer of the first backend reaches nobody", async t => {
  const { port, backends, edge } = await freezable(t, 2)
  const [frozen] = backends as [FreezableBackend]
  frozen.freeze()
  const clients = Array.from({ length: 8 }, () => new RawClient(port, t))
  const put = (body: string) => `PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n${body}`
  const answers = await Promise.all(clients.map(client => client.send(put("first")).answer()))
  for (const answer of answers) assert.equal(answer.body.toString(), "web-2 first")
  assert.ok(edge.report().retries > 0)
  frozen.thaw()
  await until(() => edge.report().backends.every(backend => backend.healthy))
  for (const client of clients) {
    assert.match((await client.send(put("again")).answer()).body.toString(), /^web-[12] again$/)
    assert.equal(client.received.length, 0)
  }
})

test("while no other backend is well a frozen one is waited for", async t => {
  const { port, backends, healthy, edge } = await freezable(t, 1)
  const [frozen] = backends as [FreezableBackend]
  frozen.freeze()
  const answer = new RawClient(port, t).get("/")
  await until(() => healthy() === 0)
  assert.equal(edge.report().outstanding, 1)
  frozen.thaw()
  assert.equal((await answer).body.toString(), "web-1 ")
  assert.equal(edge.report().retries, 0)
})

test("a request that brings every backend to a halt does so to two of them", async t => {
  const hung = new Set<number>()
  const backends = await Promise.all(
    [0, 1, 2, 3, 4].map(at =>
      startRawBackend(
        t,
        () => void hung.add(at),
        () => !hung.has(at),
      ),
    ),
  )
  const { port, edge } = await startEdge(t, backends, { healthTimeoutMs: 100 })
  await until(() => edge.report().backends.every(backend => backend.healthy))
  new RawClient(port, t).send("GET /halt HTTP/1.1\r\nHost: a\r\n\r\n")
  await until(() => edge.report().backends.filter(backend => !backend.healthy).length === 2)
  const waiting = () => edge.report().backends.filter(backend => backend.outstanding === 1).length
  await until(() => waiting() === 1)
  assert.equal(hung.size, 2)
  assert.equal(edge.report().retries, 1)
})
