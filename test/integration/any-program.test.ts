import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { test } from "node:test"
import type { LoadReport, LoadRequest } from "../../src/lab/load/load.ts"
import { runLoad } from "../../src/lab/load/run-load.ts"
import { programOf, programProject } from "./program-project.ts"
import type { ScratchProject } from "./scratch-project.ts"

/** Programs that know nothing of Banyan, grown and shrunk under load. */
const hasPython = spawnSync("python3", ["--version"]).status === 0

const get: LoadRequest = { kind: "get", method: "GET", target: "/" }
/** Never sent twice: whatever goes wrong with it is seen. */
const post: LoadRequest = {
  kind: "post",
  method: "POST",
  target: "/echo",
  fields: ["Content-Type", "text/plain"],
  body: "what a day",
}

const services: Record<
  string,
  { command: string | string[]; requests: LoadRequest[]; skip?: string | false }
> = {
  express: { command: programOf("express-server.mjs"), requests: [get, post] },
  fastify: { command: programOf("fastify-server.mjs"), requests: [get, post] },
  "python's http.server": {
    command: "python3 -m http.server $PORT --bind $HOST",
    requests: [get],
    skip: !hasPython && "there is no python3 on this machine",
  },
}

for (const [name, { command, requests, skip = false }] of Object.entries(services)) {
  test(`${name}: up, grow, scale, shrink under load: no request fails`, { skip }, async t => {
    const project = await programProject(t, { web: { command, drainTimeoutMs: 2000 } })
    await project.succeed("up", "--detach")
    const load = beginLoad(project, requests)
    await project.succeed("grow", "--yes")
    await project.succeed("scale", "web=3", "--yes")
    await project.settled()
    await project.succeed("shrink", "--yes")
    const { stage, instances } = await project.settled()
    const report = await load.end()
    assert.equal(stage, "single")
    assert.deepEqual(
      instances.map(({ id }) => id),
      ["edge-1", "web-1"],
    )
    assert.deepEqual(report.samples, [], `seed ${report.seed}`)
    assert.equal(report.failed + report.abandoned, 0, `seed ${report.seed}`)
    assert.ok(report.ok > 100, `${report.ok} answers`)
  })
}

function beginLoad({ port }: ScratchProject, requests: readonly LoadRequest[]) {
  const stop = new AbortController()
  let turn = 0
  const report: Promise<LoadReport> = runLoad(
    {
      target: { host: "127.0.0.1", port },
      scenario: { next: () => requests[turn++ % requests.length]! },
      rps: 150,
      durationMs: 5 * 60_000,
      arrivals: "poisson",
      seed: Date.now() % 100_000,
      newConnectionShare: 0.3,
      timeoutMs: 20_000,
    },
    stop.signal,
  )
  return {
    end: () => {
      stop.abort()
      return report
    },
  }
}
