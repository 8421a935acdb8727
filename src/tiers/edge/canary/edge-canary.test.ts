import assert from "node:assert/strict"
import { type TestContext, test } from "node:test"
import { fieldValue } from "../../../http1/index.ts"
import type { Backend, ServiceMap } from "../../../wire/map.ts"
import {
  mapOf,
  type RunningEdge,
  startBackend,
  startEdge,
  startRawBackend,
  until,
} from "../testing/edge-fixture.ts"
import { RawClient } from "../testing/raw-client.ts"

/** On a busy machine a check may take its second: a backend that passes for frozen gives its users to the others. */
const patient = { healthTimeoutMs: 20_000 }

/** Two versions of an app, each of which says which it is, behind a real front door. */
async function twoVersions(t: TestContext, canaries = 1) {
  const serve = (version: string) => async () => {
    const handle: Parameters<typeof startBackend>[1] = (request, response) => {
      if (request.url === "/shared") response.setHeader("Cache-Control", "public, max-age=60")
      request.resume().on("end", () => response.end(version))
    }
    return { ...(await startBackend(t, handle)), version }
  }
  const old = await Promise.all([1, 2].map(serve("1.0.0")))
  const young = await Promise.all(Array.from({ length: canaries }, serve("1.1.0")))
  const backends = [...old, ...young]
  const running = await startEdge(t, backends, patient)
  await wholly(running, backends.length)
  return { ...running, old, young, backends }
}

const wholly = ({ edge }: Pick<RunningEdge, "edge">, count: number) =>
  until(() => edge.report().backends.filter(backend => backend.healthy).length === count)

function withCanary(
  backends: Parameters<typeof mapOf>[0],
  canary: Omit<NonNullable<ServiceMap["canary"]>, "version">,
): ServiceMap {
  return { ...mapOf(backends), canary: { version: "1.1.0", ...canary } }
}

/** As a browser: keeps the place it is given. */
class Visitor {
  readonly #client: RawClient
  cookie = ""

  constructor(port: number, t: TestContext, cookie = "") {
    this.#client = new RawClient(port, t)
    this.cookie = cookie
  }

  async visit(path = "/"): Promise<string> {
    const cookie = this.cookie === "" ? "" : `Cookie: ${this.cookie}\r\n`
    this.#client.send(`GET ${path} HTTP/1.1\r\nHost: a\r\n${cookie}\r\n`)
    const answer = await this.#client.answer()
    assert.equal(answer.status, 200)
    const given = fieldValue(answer.fields, "set-cookie")
    if (given !== undefined) this.cookie = given.split(";")[0]!
    return answer.body.toString()
  }
}

test("a weight is exact over 2,000 requests, whatever it is; without a canary nothing is counted and no cookie given", async t => {
  const { edge, port, backends } = await twoVersions(t)
  const client = new RawClient(port, t)
  assert.equal(fieldValue((await client.get("/")).fields, "set-cookie"), undefined)
  assert.equal(edge.report().canary, undefined)
  for (const weight of [0, 1, 10, 37, 99, 100]) {
    await edge.apply(mapOf(backends))
    await edge.apply(withCanary(backends, { weight }))
    let young = 0
    for (let count = 0; count < 2_000; count++) {
      if ((await client.get("/")).body.toString() === "1.1.0") young++
    }
    assert.equal(young, weight * 20, `${weight} %`)
    const { tracks, ...told } = edge.report().canary!
    assert.deepEqual(told, { version: "1.1.0", weight })
    assert.deepEqual([tracks.canary.requests, tracks.baseline.requests], [young, 2_000 - young])
    assert.deepEqual([tracks.canary.answers["2xx"] ?? 0, tracks.canary.takenOver], [young, 0])
  }
})

test("who was with the canary stays with it while its weight rises and instances come and go", async t => {
  const { edge, port, backends, old, young } = await twoVersions(t, 2)
  const visitors = Array.from({ length: 100 }, () => new Visitor(port, t))
  const seen = () => Promise.all(visitors.map(visitor => visitor.visit()))
  const steps: [number, typeof backends][] = [
    [10, backends],
    [10, [...old, young[0]!]],
    [10, [old[1]!, ...young]],
    [20, backends],
    [55, [old[0]!, young[1]!]],
    [100, backends],
  ]
  let before: string[] = []
  for (const [weight, there] of steps) {
    await edge.apply(withCanary(there, { weight }))
    await wholly({ edge }, there.length)
    const now = await seen()
    assert.deepEqual(await seen(), now, "the same again")
    assert.equal(now.filter(version => version === "1.1.0").length, weight)
    assert.ok(before.every((version, at) => version === "1.0.0" || now[at] === "1.1.0"))
    before = now
  }
})

test("where the map names a cookie, its value places the user, on every connection; no other is given", async t => {
  const { edge, port, backends } = await twoVersions(t)
  await edge.apply(withCanary(backends, { weight: 50, cookie: "user" }))
  let young = 0
  for (let user = 0; user < 400; user++) {
    const cookie = `user=u-${user}`
    const [one, other] = [new Visitor(port, t, cookie), new Visitor(port, t, `a=b; ${cookie}`)]
    const version = await one.visit()
    assert.equal(await other.visit(), version)
    assert.equal(one.cookie, cookie)
    if (version === "1.1.0") young++
  }
  assert.ok(Math.abs(young - 200) < 50, `${young} of 400`)
  const nobody = new Visitor(port, t)
  await nobody.visit("/shared")
  assert.equal(nobody.cookie, "", "not with an answer that a cache may give to others")
  await nobody.visit()
  assert.match(nobody.cookie, /^banyan-place=\d+$/)
})

test("a canary that dies fails nobody: its users go to the others, counted, and come back with it", async t => {
  const { edge, port, backends, young } = await twoVersions(t)
  await edge.apply(withCanary(backends, { weight: 100 }))
  const visitors = Array.from({ length: 10 }, () => new Visitor(port, t))
  const versions = async () => new Set(await Promise.all(visitors.map(visitor => visitor.visit())))
  assert.deepEqual([...(await versions())], ["1.1.0"])
  young[0]!.kill()
  for (let count = 0; count < 5; count++) assert.deepEqual([...(await versions())], ["1.0.0"])
  const { canary, baseline } = edge.report().canary!.tracks
  assert.deepEqual([canary.requests, canary.takenOver, baseline.requests, baseline.takenOver], [60, 0, 0, 50])
  await young[0]!.restart()
  await wholly({ edge }, backends.length)
  assert.deepEqual([...(await versions())], ["1.1.0"])
})

test("a canary that hangs up: what may be repeated goes to the others, and its failures are seen", async t => {
  const broken = await startRawBackend(t, socket => void socket.destroy())
  const well = await startBackend(t, (_, response) => response.end("1.0.0"))
  const there: (typeof well | typeof broken)[] = [well, broken]
  const backends = there.map(
    (each, at) => ({ ...each, version: at === 0 ? "1.0.0" : "1.1.0" }) satisfies Partial<Backend>,
  )
  const { edge, port } = await startEdge(t, backends)
  await wholly({ edge }, 2)
  await edge.apply(withCanary(backends, { weight: 100 }))
  const visitor = new Visitor(port, t)
  for (let count = 0; count < 20; count++) assert.equal(await visitor.visit(), "1.0.0")
  const { canary, baseline } = edge.report().canary!.tracks
  assert.equal(canary.retries, broken.received.length)
  assert.ok(canary.retries > 0)
  assert.deepEqual([canary.requests, baseline.takenOver, baseline.answers], [20, 20, { "2xx": 20 }])
})

test("a canary without room holds up nobody but its own users", async t => {
  const waiting: (() => void)[] = []
  const slow = await startBackend(t, (_, response) => void waiting.push(() => response.end("1.1.0")))
  const well = await startBackend(t, (_, response) => response.end("1.0.0"))
  const backends = [
    { ...well, version: "1.0.0" },
    { ...slow, version: "1.1.0" },
  ]
  const { edge, port } = await startEdge(t, backends, {
    maxConnectionsPerBackend: 2,
    maxHeld: 4,
    queueTimeoutMs: 60_000,
    holdTimeoutMs: 60_000,
    ...patient,
  })
  await wholly({ edge }, 2)
  await edge.apply(withCanary(backends, { weight: 50, cookie: "user" }))
  const users = Array.from({ length: 30 }, (_, user) => `user=u-${user}`)
  const answered: string[] = []
  const counts = () => edge.report().canary!.tracks
  const all: Promise<void>[] = []
  for (const cookie of users) {
    const client = new RawClient(port, t)
    client.send(`GET / HTTP/1.1\r\nHost: a\r\nCookie: ${cookie}\r\n\r\n`)
    all.push(
      client.answer().then(answer => {
        answered.push(answer.status === 200 ? answer.body.toString() : `${answer.status}`)
      }),
    )
    // One after the other: the others' users have room for two at once, and the line is full of the canary's.
    await until(
      () =>
        counts().canary.requests + counts().baseline.requests === all.length &&
        answered.filter(what => what === "1.0.0").length === counts().baseline.requests,
    )
  }
  const { canary, baseline } = counts()
  await until(
    () => answered.length === baseline.requests + canary.requests - 6,
    "all but two at work and four in line",
  )
  assert.equal(answered.filter(what => what === "1.0.0").length, baseline.requests)
  while (answered.length < 30) {
    for (const end of waiting.splice(0)) end()
    await new Promise(resolve => setImmediate(resolve))
  }
  await Promise.all(all)
  assert.equal(answered.filter(what => what === "1.1.0").length, 6)
})
