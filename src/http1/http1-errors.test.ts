import assert from "node:assert/strict"
import { test } from "node:test"
import { httpRules } from "./index.ts"
import { badRequests, badResponses } from "./testing/http1-cases.ts"

test("every rule has its own code, names a section and has a case that breaks it", () => {
  const rules = Object.entries(httpRules)
  assert.equal(new Set(rules.map(([, rule]) => rule.code)).size, rules.length)
  const broken = new Set<string>([...badRequests, ...badResponses].map(([rule]) => rule))
  for (const [name, { row }] of rules) {
    assert.match(row.section, /^RFC \d{4} \d/, name)
    if (!name.startsWith("encode-")) assert.ok(broken.has(name), `no case breaks ${name}`)
  }
})
