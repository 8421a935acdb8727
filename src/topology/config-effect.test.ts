import assert from "node:assert/strict"
import { test } from "node:test"
import type { Config } from "./config.ts"
import { effectOf } from "./config-effect.ts"
import { fieldPaths } from "./config-fields.ts"
import { parseConfig } from "./config-problems.ts"
import { topologyOf } from "./config-resolve.ts"

/** What `apply` tells databases that run. */
const told = ["data/sharedBuffersMb", "data/settings"]

test("live are the fields the desired topology is made of, and what databases are told; no others", () => {
  const base = parseConfig({ stage: "balanced" })
  for (const path of fieldPaths()) {
    const changed = structuredClone(base) as unknown as Record<string, unknown>
    const keys = path.split("/")
    const group = keys.slice(0, -1).reduce((at, key) => at[key] as Record<string, unknown>, changed)
    // Whose database it is, is settled when the service starts: the supervisor holds on to it.
    group[keys.at(-1)!] = path === "stage" ? "single" : path === "data/engine" ? "embedded" : 7
    const differs =
      JSON.stringify(topologyOf(changed as unknown as Config)) !== JSON.stringify(topologyOf(base))
    assert.equal(effectOf(path), differs || told.includes(path) ? "live" : "restart", path)
  }
})
