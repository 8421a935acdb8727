import assert from "node:assert/strict"
import { X509Certificate } from "node:crypto"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { after, before, test } from "node:test"
import { isBanyanError } from "../kit/errors.ts"
import type { ChallengeAnswer, OrderBegun, OrderRequest } from "./acme.ts"
import { newKey } from "./new-key.ts"
import { orderCertificate } from "./order-certificate.ts"
import { orderInProcess } from "./order-in-process.ts"
import { noPebble, type Pebble, startPebble } from "./testing/pebble-fixture.ts"

/** Orders at Let's Encrypt's authority for tests, strict, with one nonce in ten refused. */

const skip = noPebble
const domains = ["a.test", "b.a.test"]
let pebble: Pebble
let door: Server
/** What the door answers by its path. */
let answers: readonly ChallengeAnswer[] = []
let asked = 0

before(async () => {
  if (noPebble) return
  door = createServer((request, response) => {
    asked++
    const token = request.url?.split("/.well-known/acme-challenge/")[1]
    const answer = answers.find(each => each.token === token)?.answer
    response.writeHead(answer === undefined ? 404 : 200).end(answer)
  })
  await new Promise<void>(resolve => door.listen(0, "127.0.0.1", resolve))
  pebble = await startPebble({ httpPort: (door.address() as AddressInfo).port })
})
after(async () => {
  door?.close()
  await pebble?.stop()
})

const accountKey = newKey()
const never = new AbortController().signal
const kept: OrderBegun[] = []
const steps = {
  keep: async (begun: OrderBegun) => void kept.push(begun),
  publish: async (challenges: readonly ChallengeAnswer[]) => {
    answers = challenges
  },
}
const requestOf = (more: Partial<OrderRequest> = {}): OrderRequest => ({
  domains,
  accountKey,
  directoryUrl: pebble.directoryUrl,
  ca: pebble.ca,
  ...more,
})
const order = (more: Partial<OrderRequest> = {}, how = steps) => orderCertificate(requestOf(more), how)

async function failureOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    thrown => thrown,
  )
  assert.ok(isBanyanError(error), String(error))
  return `${error.code} ${error.message}`
}

test("a certificate for every name, its key and chain; the account is the key's", { skip }, async () => {
  const first = await orderInProcess(requestOf({ email: "me@a.test" }), steps, never)
  const leaf = new X509Certificate(first.chain)
  for (const name of domains) assert.equal(leaf.checkHost(name), name)
  assert.equal(first.chain.match(/BEGIN CERTIFICATE/g)?.length, 2)
  assert.equal(kept.at(-1)?.key, first.key)
  const second = await order()
  assert.notEqual(new X509Certificate(second.chain).serialNumber, leaf.serialNumber)
  assert.notEqual(second.key, first.key)
})

test("an order that broke off at any step is gone on with: nothing is ordered twice", { skip }, async () => {
  // Before the challenges are shown.
  const broken = { ...steps, publish: () => Promise.reject(new Error("killed")) }
  assert.match(await failureOf(order({}, broken)), /^BN1610 .*killed/)
  const begun = kept.at(-1)!
  const before = kept.length
  const issued = await order({ begun })
  assert.equal(issued.key, begun.key)
  // When it was issued and nobody had saved it.
  const again = await order({ begun })
  assert.equal(again.chain, issued.chain)
  assert.equal(kept.length, before)
  // For other names, or unknown to the authority, it is no use.
  const other = await order({ begun, domains: ["a.test"] })
  assert.equal(new X509Certificate(other.chain).checkHost("b.a.test"), undefined)
  const url = begun.url.replace(/[^/]+$/, "forgotten")
  assert.notEqual((await order({ begun: { ...begun, url } })).key, begun.key)
})

test("what goes wrong has a code and says why", { skip }, async t => {
  const silent = { ...steps, publish: async () => {} }
  answers = []
  assert.match(await failureOf(order({}, silent)), /^BN1603 (a|b\.a)\.test: .*could not see .*404/)
  assert.match(
    await failureOf(order({ directoryUrl: "https://127.0.0.1:1/dir" })),
    /^BN1601 .*127\.0\.0\.1:1 .*ECONNREFUSED/,
  )
  assert.match(await failureOf(order({ ca: undefined })), /^BN1601 .*(self-signed|unable to verify)/)
  const elsewhere = pebble.directoryUrl.replace("/dir", "/elsewhere")
  assert.match(
    await failureOf(order({ directoryUrl: elsewhere })),
    /^BN1602 .*\/elsewhere: is no ACME directory/,
  )
  const blocked = order({ domains: ["no.blocked.test"] })
  assert.match(
    await failureOf(blocked),
    /^BN1605 the certificate authority refuses: .*\(rejectedIdentifier\)/,
  )
  const stop = new AbortController()
  const waiting = orderInProcess(
    requestOf(),
    { ...steps, publish: () => new Promise(() => stop.abort()) },
    stop.signal,
  )
  assert.match(await failureOf(waiting), /^BN1610 .*leaves/)
  t.diagnostic(`${asked} challenges asked`)
})
