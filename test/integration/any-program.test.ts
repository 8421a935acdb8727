import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { test } from "node:test"
import type { LoadRequest } from "../../src/lab/load/load.ts"
import { programOf, programProject } from "./program-project.ts"
import { beginLoad, get, post } from "./steady-load.ts"

/** Programs that know nothing of Banyan, grown and shrunk under load. */
const hasPython = spawnSync("python3", ["--version"]).status === 0

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
