import assert from "node:assert/strict"
import { test } from "node:test"
import { parseConfig } from "./config-problems.ts"
import { topologyOf } from "./config-resolve.ts"

test("databases can be counted in stage replicated, and replicated only where there are any", () => {
  const { instances } = topologyOf(parseConfig({ stage: "replicated", data: { instances: 4 } }))
  assert.deepEqual(instances, { postgres: 4, app: 0, web: 2, edge: 1 })
  assert.equal(topologyOf(parseConfig({ stage: "replicated" })).instances.postgres, 3)
  for (const instances of [1, 2, 6])
    assert.throws(
      () => parseConfig({ stage: "replicated", data: { instances } }),
      /data\/instances: should be a whole number from 3 to 5/,
    )
  assert.throws(
    () => parseConfig({ stage: "balanced", data: { instances: 3 } }),
    /data\/instances: should be left out in stage "balanced"/,
  )
  const program = { command: "node server.js" }
  assert.throws(
    () => parseConfig({ stage: "replicated", web: program }),
    /stage: should be "single" or "balanced" where/,
  )
  const withData = parseConfig({ stage: "replicated", web: program, data: { engine: "embedded" } })
  assert.equal(topologyOf(withData).instances.postgres, 3)
})
