import assert from "node:assert/strict"
import { test } from "node:test"
import { TicketChain, ticketLifeS } from "./ticket-chain.ts"

const periodMs = ticketLifeS * 1000
const now = 40_000 * periodMs + 5

test("holders of one seed have the same keys, period by period, whenever they look", () => {
  const one = TicketChain.begin(now)
  const other = new TicketChain(one.seed)
  assert.equal(one.keys.length, 48)
  assert.deepEqual(one.keys, other.keys)
  const first = one.keys
  for (let period = 1; period <= 5; period++) assert.ok(one.advance(now + period * periodMs))
  assert.ok(other.advance(now + 5 * periodMs))
  assert.deepEqual(one.keys, other.keys)
  assert.notDeepEqual(one.keys, first)
  const born = new TicketChain(one.seed)
  assert.deepEqual(born.keys, one.keys)
})

test("within a period, and when the clock is set back, the keys stay", () => {
  const chain = TicketChain.begin(now)
  const { keys } = chain
  assert.equal(chain.advance(now + periodMs - 10), false)
  assert.equal(chain.advance(now - 3 * periodMs), false)
  assert.deepEqual(chain.keys, keys)
})

test("the secret that was is not in the one that is; two chains share nothing", () => {
  const chain = TicketChain.begin(now)
  const before = chain.seed.secret
  chain.advance(now + periodMs)
  assert.notEqual(chain.seed.secret, before)
  assert.equal(Buffer.from(chain.seed.secret, "base64url").length, 32)
  assert.notEqual(TicketChain.begin(now).seed.secret, TicketChain.begin(now).seed.secret)
})

test("a clock set a thousand years ahead costs no time worth speaking of", () => {
  const chain = TicketChain.begin(now)
  assert.ok(chain.advance(now + 730_000 * periodMs))
  assert.equal(chain.keys.length, 48)
})
