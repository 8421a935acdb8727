import assert from "node:assert/strict"
import { test } from "node:test"
import { codeOfRule, type HttpRule } from "../../src/http1/index.ts"
import { startStrictBackend } from "./backends/strict-backend.ts"
import { corpus, type FramingCase, textOf } from "./corpus.ts"
import { type FrontDoor, startFrontDoor } from "./front-door.ts"
import { judgeCase, secondRequest } from "./judge.ts"
import { originOf, readRequests } from "./strict-reader.ts"

test("the corpus is well formed: at least 150 cases, each with its own id, a section and one outcome", () => {
  const ids = corpus.map(({ id }) => id)
  assert.ok(corpus.length >= 150, String(corpus.length))
  assert.equal(new Set(ids).size, ids.length)
  for (const { id, section, why, send, forward, refuse } of corpus) {
    assert.match(id, /^[a-z0-9.]+(-[a-z0-9.]+)+$/)
    assert.match(section, /^RFC \d+ [0-9C]+(\.\d+)*$/, id)
    assert.notEqual(why, "", id)
    assert.ok(forward.length > 0 || refuse !== undefined, id)
    assert.doesNotMatch(textOf(send), /[^\0-\xff]/, `${id}: one character is one byte`)
  }
})

test("a strict reader reads in each case what the corpus says is forwarded", () => {
  for (const { id, send, forward } of corpus) {
    const read = readRequests(textOf(send)).messages.slice(0, forward.length)
    const said = read.map(({ method, target, body }) => ({ method, target: originOf(method, target), body }))
    const wanted = forward.map(({ method, target, body }) => [method, textOf(target), textOf(body)])
    assert.deepEqual(said.map(Object.values), wanted, id)
  }
})

/** Every case, and what is wrong. */
async function runCorpus(door: FrontDoor, cut: (bytes: string) => readonly string[]): Promise<string[]> {
  const wrong: string[] = []
  for (const framing of corpus) {
    const seen = await door.send(cut(bytesOf(framing)), framing.ends)
    wrong.push(...judgeCase(framing, seen).map(what => `${framing.id}: ${what}`))
  }
  return wrong
}

function bytesOf({ send, ends }: FramingCase): string {
  return textOf(send) + (ends ? "" : secondRequest)
}

test("every case is forwarded as it was read, or nothing of it, and the next request gets its own answer", async t => {
  const door = await startFrontDoor(await startStrictBackend(t), t)
  assert.deepEqual(await runCorpus(door, bytes => [bytes]), [])
})

test("every case ends the same when it comes byte by byte", async t => {
  const door = await startFrontDoor(await startStrictBackend(t), t)
  const pieces = (bytes: string) => (bytes.length < 3000 ? [...bytes] : bytes.match(/[\s\S]{1,100}/g)!)
  assert.deepEqual(await runCorpus(door, pieces), [])
})

/** Rules about answers, and about what the front door itself writes. */
const notOfRequests: ReadonlySet<HttpRule> = new Set([
  "status-line",
  "body-forbidden",
  "response-unasked",
  "encode-method",
  "encode-target",
  "encode-status",
  "encode-name",
  "encode-value",
  // Whoever leaves off inside a message is told nothing.
  "cut-short",
])

test("every rule by which the codec refuses a request is told to the client of at least one case", async t => {
  const door = await startFrontDoor(await startStrictBackend(t), t)
  const told = new Set<string>()
  for (const framing of corpus.filter(({ refuse }) => refuse !== undefined)) {
    const { received } = await door.send([bytesOf(framing)], framing.ends)
    for (const [code] of received.bytes.matchAll(/(?<="code":")BN\d+/g)) told.add(code)
  }
  const rules = Object.entries(codeOfRule) as Array<[HttpRule, string]>
  const untold = rules.filter(([rule, code]) => !notOfRequests.has(rule) && !told.has(code))
  assert.deepEqual(untold, [])
})
