import assert from "node:assert/strict"
import { test } from "node:test"
import { corpus } from "./corpus.ts"
import { tell } from "./judge.ts"
import { runCorpus } from "./run-corpus.ts"
import { banyan } from "./servers.ts"

test("the corpus is well formed: at least 90 cases, each with its own id, a section and an outcome", () => {
  const ids = corpus.map(({ id }) => id)
  assert.ok(corpus.length >= 90, String(corpus.length))
  assert.equal(new Set(ids).size, ids.length)
  for (const { id, section, why, send, ...outcome } of corpus) {
    assert.match(id, /^[a-z0-9]+(-[a-z0-9]+)*$/)
    assert.match(section, /^RFC \d+ [0-9C]+(\.\d+)*$/, id)
    assert.ok(why !== "" && send.length > 0, id)
    const given = [outcome.connectionError, outcome.streamError, outcome.answers, outcome.alive, outcome.pong]
    assert.ok(
      [...given, outcome.settingsAcks, outcome.firstData].some(each => each !== undefined),
      id,
    )
  }
})

test("every case ends as the standard asks, and no backend gets a request nobody sent", async t => {
  const server = await banyan.start(t)
  const results = await runCorpus(server, 10_000)
  const wrong = results
    .filter(({ allowed }) => !allowed)
    .map(({ wanted, seen }) => `${wanted.id}: ${tell(seen)}`)
  assert.deepEqual(wrong, [])
  // What the cases would smuggle in goes to /x, to /admin, or to another host.
  const honest = /^(?:GET|POST) \/(?:wait)? (?:a\.test|cafe\.test|www\.example\.com)(?::80)?$/i
  assert.deepEqual(
    server.takeRequests().filter(got => !honest.test(got)),
    [],
  )
  t.diagnostic(`${results.length} cases`)
})
