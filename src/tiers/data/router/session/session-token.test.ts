import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { CausalSession } from "./causal-session.ts"
import { decodeSession, encodeSession } from "./session-token.ts"

const positions = fc.uniqueArray(
  fc.tuple(
    fc.stringMatching(/^[\w-]{1,12}$/),
    fc
      .tuple(fc.integer({ min: 1, max: 2 ** 31 - 1 }), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }))
      .map(([timeline, lsn]) => ({ timeline, lsn })),
  ),
  { selector: ([shard]) => shard, maxLength: 5 },
)

test("a token is read back as it was written, and fits a cookie", () => {
  fc.assert(
    fc.property(positions, fc.string(), (entries, secret) => {
      const token = encodeSession(new CausalSession(entries), secret)
      assert.match(token, /^[\w.~-]+$/)
      assert.deepEqual([...decodeSession(token, secret).positions], entries)
    }),
  )
})

test("a token that was changed in any place is as good as none", () => {
  const session = new CausalSession([["main", { timeline: 3, lsn: 123_456_789n }]])
  const token = encodeSession(session, "secret")
  fc.assert(
    fc.property(fc.nat(token.length - 1), fc.stringMatching(/^[\w.~-]$/), (place, other) => {
      const changed = token.slice(0, place) + other + token.slice(place + 1)
      if (changed === token) return
      assert.equal(decodeSession(changed, "secret").positions.size, 0)
    }),
  )
})

test("whatever stands in the cookie, there is a session", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.string({ unit: "binary", maxLength: 3000 })), text => {
      assert.equal(decodeSession(text, "secret").positions.size, 0)
    }),
  )
  for (const none of [null, undefined, "", "1..", "2.main~1~1.AAAAAAAAAAAAAAAAAAAAAA"])
    assert.equal(decodeSession(none, "secret").positions.size, 0)
})

test("a secret is replaced by writing with the new one and reading with both", () => {
  const session = new CausalSession([["main", { timeline: 1, lsn: 7n }]])
  const old = encodeSession(session, "old")
  assert.deepEqual(decodeSession(old, ["new", "old"]).positions, session.positions)
  assert.equal(decodeSession(old, ["new"]).positions.size, 0)
})
