import assert from "node:assert/strict"
import { test } from "node:test"
import type { CertificateOrderView } from "../../wire/admin.ts"
import { orderWords } from "./order-words.ts"

const nowMs = Date.UTC(2026, 5, 1)
const dayMs = 86_400_000
const order: CertificateOrderView = {
  domains: ["a.example", "www.a.example"],
  directoryUrl: "https://acme.test:14000/dir",
  state: "waiting",
  nextAtMs: 0,
}
const problem = { code: "BN1603", message: "a.example: nobody answers", todo: "Mend it." }

test("how the ordering of a certificate stands, in a line", () => {
  const words = (more: Partial<CertificateOrderView>) => orderWords({ ...order, ...more }, nowMs)
  assert.equal(words({}), "a certificate for a.example, www.a.example is about to be ordered")
  assert.equal(
    words({ state: "ordering", problem }),
    "a certificate for a.example, www.a.example is being ordered at acme.test:14000",
  )
  assert.match(
    words({ problem, nextAtMs: nowMs + 240_000 }),
    /^BN1603 a\.example: nobody answers; next try in 4/,
  )
  assert.match(words({ problem }), /; next try at once$/)
  assert.equal(
    words({ notAfterMs: nowMs + 90 * dayMs, nextAtMs: nowMs + 60 * dayMs }),
    "the certificate for a.example, www.a.example is valid to 2026-08-30, renewed from 2026-07-31",
  )
  assert.match(words({ domains: ["a.b", "c.d", "e.f", "g.h"] }), /for a\.b, c\.d and 2 more is/)
})
