import assert from "node:assert/strict"
import { test } from "node:test"
import { parseConfig } from "./config-problems.ts"
import { connectionShareOf, leastConnectionShare } from "./connection-share.ts"
import { scalable } from "./topology.ts"

const most = parseConfig({}).data.maxConnections

test("all processes together stay below what the server takes, also when the largest service is replaced by its like", () => {
  for (let processes = 1; processes <= 2 * scalable.web.most; processes++) {
    const share = connectionShareOf(processes, most)
    assert.ok(share >= leastConnectionShare)
    assert.ok(share * processes <= most, `${processes}`)
  }
})
