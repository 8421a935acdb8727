import assert from "node:assert/strict"
import { test } from "node:test"
import { hashPassword, needsRehash, passwordCost, verifyPassword } from "./passwords.ts"

const cheap = { N: 16, r: 1, p: 1 }

test("a password is verified against what was stored, and no other is", async () => {
  const stored = await hashPassword("correct horse")
  assert.match(stored, /^scrypt\$16384\$8\$5\$[\w-]{22}\$[\w-]{43}$/)
  assert.equal(await verifyPassword("correct horse", stored), true)
  assert.equal(await verifyPassword("Correct horse", stored), false)
  assert.equal(await verifyPassword("", stored), false)
  assert.notEqual(await hashPassword("correct horse", cheap), await hashPassword("correct horse", cheap))
})

test("the same letters typed on another keyboard are the same password", async () => {
  const stored = await hashPassword("caf\u00e9", cheap)
  assert.equal(await verifyPassword("cafe\u0301", stored), true)
})

test("passwords stored with another cost still verify, and ask to be stored anew", async () => {
  const stored = await hashPassword("old", cheap)
  assert.equal(await verifyPassword("old", stored), true)
  assert.equal(needsRehash(stored), true)
  assert.equal(
    needsRehash(
      `scrypt$${passwordCost.N}$${passwordCost.r}$${passwordCost.p}$${"A".repeat(22)}$${"A".repeat(43)}`,
    ),
    false,
  )
})

test("a user who does not exist has no password, at the price of one who does", async () => {
  const stored = await hashPassword("x")
  const timeOf = async (known: string | undefined) => {
    const times: number[] = []
    for (let n = 0; n < 5; n++) {
      const startMs = performance.now()
      assert.equal(await verifyPassword("wrong", known), false)
      times.push(performance.now() - startMs)
    }
    return Math.min(...times)
  }
  const ratio = (await timeOf(undefined)) / (await timeOf(stored))
  assert.ok(ratio > 0.4 && ratio < 2.5, `${ratio}`)
  assert.equal(await verifyPassword("", undefined), false)
})

test("a damaged row is an error, not a password that fits", async () => {
  for (const stored of [
    "",
    "plain",
    "scrypt$15$8$1$AAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
    "scrypt$16384$8$5$AAAAAAAAAAA$",
  ]) {
    await assert.rejects(verifyPassword("plain", stored), { code: "BN2302" })
  }
})

test("a flood of logins is refused instead of piling up", async () => {
  const results = await Promise.allSettled(Array.from({ length: 400 }, () => hashPassword("x", cheap)))
  const refused = results.filter(result => result.status === "rejected")
  assert.ok(refused.length > 0 && refused.length <= 270, `${refused.length}`)
  for (const { reason } of refused) assert.equal(reason.code, "BN2301")
  assert.match(await hashPassword("afterwards", cheap), /^scrypt/)
})
