import assert from "node:assert/strict"
import { test } from "node:test"
import { authorityProblem, isBadNonce } from "./authority-problem.ts"

const url = "https://acme.test/order"
const nowMs = Date.UTC(2026, 10, 21, 12)
const answer = (status: number, type: string, detail: string, retryAfter?: string) => ({
  url,
  status,
  retryAfter,
  body: JSON.stringify({ type: `urn:ietf:params:acme:error:${type}`, detail, status }),
})

test("each refusal that a person must know of has its code; the others are told as they come", () => {
  const cases = [
    [429, "rateLimited", "BN1604"],
    [503, "rateLimited", "BN1604"],
    [403, "userActionRequired", "BN1607"],
    [400, "invalidContact", "BN1608"],
    [400, "unsupportedContact", "BN1608"],
    [403, "externalAccountRequired", "BN1609"],
    [403, "caa", "BN1605"],
    [500, "serverInternal", "BN1601"],
  ] as const
  for (const [status, type, code] of cases)
    assert.equal(authorityProblem(answer(status, type, "why"), nowMs).code, code, type)
  const caa = authorityProblem(answer(403, "caa", "CAA for a.example\n forbids it"), nowMs)
  assert.equal(caa.message, "the certificate authority refuses: CAA for a.example forbids it (caa)")
})

test("how long to wait: seconds, a date, and nothing where it is neither", () => {
  const waits = [
    "120",
    "Sat, 21 Nov 2026 13:00:00 GMT",
    "Sat, 21 Nov 2026 11:00:00 GMT",
    "soon",
    "0",
    undefined,
  ].map(
    retryAfter =>
      authorityProblem(answer(429, "rateLimited", "x", retryAfter), nowMs).details["retryAfterMs"],
  )
  assert.deepEqual(waits, [120_000, 3_600_000, undefined, undefined, undefined, undefined])
})

test("what is no problem document is shown in part", () => {
  const page = (status: number, body: string) => authorityProblem({ url, status, body }, nowMs)
  assert.match(page(502, "<html>bad gateway").message, /acme\.test cannot be reached: 502 <html>bad gateway$/)
  assert.match(page(404, "").message, /refuses: status 404 \(status 404\)/)
  assert.ok(page(418, "x".repeat(10_000)).message.length < 300)
  assert.equal(page(429, "[1]").code, "BN1604")
})

test("a bad nonce alone is the protocol's own affair", () => {
  assert.ok(isBadNonce(answer(400, "badNonce", "again")))
  assert.ok(!isBadNonce(answer(400, "malformed", "no")))
  assert.ok(!isBadNonce({ url, status: 400, body: "badNonce" }))
})
