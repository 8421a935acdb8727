import assert from "node:assert/strict"
import { test } from "node:test"
import { codeOfRule, HttpParseError, type HttpRule } from "./index.ts"
import { badRequests, badResponses } from "./testing/http1-cases.ts"

test("every rule has its own code, names a section and has a case that breaks it", () => {
  const rules = Object.keys(codeOfRule) as HttpRule[]
  assert.equal(new Set(Object.values(codeOfRule)).size, rules.length)
  const broken = new Set<string>([...badRequests, ...badResponses].map(([rule]) => rule))
  for (const rule of rules) {
    assert.match(new HttpParseError(rule).section, /^RFC \d{4} \d/, rule)
    if (!rule.startsWith("encode-")) assert.ok(broken.has(rule), `no case breaks ${rule}`)
  }
})
