import assert from "node:assert/strict"
import { test } from "node:test"
import { readIdempotencyKey } from "./idempotency-key.ts"

test("a key in quotes and the same one bare are one key", () => {
  const key = "8e03978e-40d5-43e8-bc93-6894a57f9324"
  assert.equal(readIdempotencyKey(`"${key}"`), key)
  assert.equal(readIdempotencyKey(key), key)
  assert.equal(readIdempotencyKey('"a \\"b\\" \\\\ c, d"'), 'a "b" \\ c, d')
  assert.equal(readIdempotencyKey("x".repeat(255)).length, 255)
  assert.equal(readIdempotencyKey(`"${"x".repeat(255)}"`).length, 255)
})

test("what is no key is refused, with the rule it breaks", () => {
  const cases: ReadonlyArray<readonly [string, RegExp]> = [
    ["", /it is empty/],
    ['""', /it is empty/],
    ["x".repeat(256), /256 characters; 255 are allowed/],
    [`"${"x".repeat(256)}"`, /256 characters; 255 are allowed/],
    ["a, b", /more than one/],
    ['"a", "b"', /more than one/],
    ["a b", /other than visible ASCII/],
    ['"a', /not closed/],
    ['a"', /not closed/],
    ['"a\\b"', /not closed/],
    ['"a";q=1', /not closed/],
    ["\u00e9", /other than visible ASCII/],
    ['"\u00e9"', /other than visible ASCII/],
    ["a\tb", /other than visible ASCII/],
  ]
  for (const [value, message] of cases)
    assert.throws(() => readIdempotencyKey(value), { code: "BN2304", message }, JSON.stringify(value))
})
