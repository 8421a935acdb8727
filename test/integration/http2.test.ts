import assert from "node:assert/strict"
import { test } from "node:test"
import { fileURLToPath } from "node:url"
import { freePort } from "../../src/kit/node/free-port.ts"
import type { LoadReport } from "../../src/lab/load/load.ts"
import { makeCertificate, noOpenssl } from "../../src/tiers/edge/testing/tls-fixture.ts"
import { beginUpload, holdEvents, type Uploaded } from "./http2-streams.ts"
import { ScratchProject } from "./scratch-project.ts"
import { beginLoad, get, post } from "./steady-load.ts"

/**
 * HTTP/2 through every change of a service, over TLS and by prior knowledge: many streams on a few connections that live
 * as long as they may, and connections of their own.
 */
const app = fileURLToPath(new URL("../../src/lab/drills/edge-changes/streaming-app.ts", import.meta.url))

/** Everything this client asked for was answered, once; only what nobody had looked at may be asked for again. */
function nothingFailed(report: LoadReport, what: string): string {
  const { ok, failures, samples, abandoned, connections, seed } = report
  const failed = samples.filter(({ failure }) => failure !== "unprocessed")
  assert.deepEqual(failed, [], `${what}, seed ${seed}`)
  assert.equal(report.failed - failures.unprocessed + abandoned, 0, `${what}, seed ${seed}`)
  assert.equal(connections.closedWhileIdle + connections.resetWhileIdle, 0, "closed without a word")
  assert.ok(ok > 100 && connections.closeAnnounced > 0, JSON.stringify({ ok, connections }))
  const { opened, closeAnnounced, requestsOnNew, requestsOnReused } = connections
  return `${what}: ${ok} answered, ${requestsOnNew} on new connections, ${requestsOnReused} on others; 0 reset; ${failures.unprocessed} unprocessed; ${closeAnnounced} of ${opened} connections were told to leave`
}

test("grow, scale and shrink under HTTP/2 load: no stream is reset, an upload and an event stream span it", async t => {
  const project = await ScratchProject.create()
  t.after(() => project.remove())
  const tlsPort = await freePort()
  if (!noOpenssl) makeCertificate(project.folder, "site", ["localhost"])
  const tls = { certificates: [{ cert: "site.pem", key: "site.key" }], port: tlsPort }
  project.configure({ app, web: { drainTimeoutMs: 2000 }, ...(noOpenssl ? {} : { edge: { tls } }) })
  await project.succeed("up", "--detach")

  const doors = [
    { protocol: "h2c", port: project.port, origin: `http://127.0.0.1:${project.port}` } as const,
    ...(noOpenssl
      ? []
      : [{ protocol: "h2", port: tlsPort, origin: `https://127.0.0.1:${tlsPort}` } as const]),
  ]
  if (noOpenssl) t.diagnostic(`without TLS: ${noOpenssl}`)
  const leave = new AbortController()
  t.after(() => leave.abort())
  const held = doors.map(({ origin }) => holdEvents(origin, leave.signal))
  const requests = [get, { ...post, target: "/upload" }]
  const loads = doors.map(({ protocol, port }) => beginLoad(project, requests, { protocol, port, rps: 60 }))

  const spanned: Uploaded[] = []
  const changes = [["grow"], ["scale", "edge=2"], ["scale", "web=3"], ["shrink"]]
  for (const words of changes) {
    const closes = words[0] !== "scale"
    const uploads = closes ? doors.map(({ origin }) => beginUpload(origin)) : []
    await project.succeed(...words, "--yes")
    for (const { answered } of uploads) spanned.push(await answered)
  }

  leave.abort()
  const reports = await Promise.all(loads.map(load => load.end()))
  for (const [nth, { protocol }] of doors.entries()) t.diagnostic(nothingFailed(reports[nth]!, protocol))
  for (const { status, body, bytes } of spanned)
    assert.deepEqual([status, body], [200, `${bytes} bytes taken`])
  for (const { ends, events } of await Promise.all(held)) {
    assert.ok(events > 10 && ends.length >= 2, `${events} events on ${ends.length + 1} streams`)
    assert.deepEqual([...new Set(ends)], ["hint"])
  }
})
