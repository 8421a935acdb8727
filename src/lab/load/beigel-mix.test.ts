import assert from "node:assert/strict"
import { test } from "node:test"
import { fieldValue } from "../../http1/index.ts"
import { BeigelMix } from "./beigel-mix.ts"
import type { LoadAnswer, LoadRequest } from "./load.ts"

const target = { host: "127.0.0.1", port: 8080 }

function answer(status: number, body: unknown, fields: string[] = []): LoadAnswer {
  return { status, fields, body: Buffer.from(JSON.stringify(body)) }
}

/** A mix that has been prepared with two cafés, and what it sent to get there. */
async function preparedMix(options: { writeShare?: number } = {}) {
  const sent: LoadRequest[] = []
  const mix = new BeigelMix({ target, seed: 3, accounts: 2, ...options })
  await mix.prepare(async request => {
    sent.push(request)
    if (request.kind !== "signup")
      return answer(200, { items: [{ id: "c1" }, { id: "c2" }], nextCursor: null })
    return answer(201, {}, ["Set-Cookie", `session=s${sent.length}; HttpOnly; SameSite=Lax`])
  })
  return { mix, sent }
}

test("accounts are signed up as a browser would, with handles that differ", async () => {
  const { sent } = await preparedMix()
  const signUps = sent.filter(request => request.kind === "signup")
  assert.equal(signUps.length, 2)
  const handles = signUps.map(request => (JSON.parse(request.body!) as { handle: string }).handle)
  assert.equal(new Set(handles).size, 2)
  assert.equal(fieldValue(signUps[0]!.fields!, "origin"), "http://127.0.0.1:8080")
})

test("nine in ten requests read; writes carry origin, session and JSON", async () => {
  const { mix } = await preparedMix()
  const requests = Array.from({ length: 5000 }, () => mix.next())
  const writes = requests.filter(request => request.method !== "GET")
  assert.ok(Math.abs(writes.length - 500) < 120, String(writes.length))
  for (const write of writes) {
    assert.match(write.target, /^\/api\/cafes\/c[12]\/posts$/)
    assert.equal(fieldValue(write.fields!, "origin"), "http://127.0.0.1:8080")
    assert.match(fieldValue(write.fields!, "cookie")!, /^session=s\d+$/)
    assert.match((JSON.parse(write.body!) as { text: string }).text, /^Load /)
  }
  const keys = writes.flatMap(write => fieldValue(write.fields!, "idempotency-key") ?? [])
  assert.ok(Math.abs(keys.length - writes.length / 2) < 60, `${keys.length} of ${writes.length} with a key`)
  assert.equal(new Set(keys).size, keys.length, "each its own")
  const kinds = new Set(requests.map(request => request.kind))
  assert.deepEqual([...kinds].sort(), ["cafe", "cafes", "feed", "post", "posts"])
})

test("posts that were written are liked; answers that are no posts are let pass", async () => {
  const { mix } = await preparedMix({ writeShare: 1 })
  mix.next().onAnswer?.(answer(201, { id: "p1" }))
  const post = Array.from({ length: 100 }, () => mix.next()).find(request => request.kind === "post")
  post?.onAnswer?.({ status: 200, fields: [], body: Buffer.from("<html>") })
  const likes = Array.from({ length: 100 }, () => mix.next()).filter(request => request.kind === "like")
  assert.ok(likes.length > 0)
  for (const like of likes) assert.deepEqual([like.method, like.target], ["PUT", "/api/posts/p1/like"])
})

test("a service without cafés or sessions cannot be loaded", async () => {
  const mix = new BeigelMix({ target, seed: 3 })
  await assert.rejects(
    mix.prepare(async () => answer(200, { items: [] })),
    { code: "BN3002" },
  )
  const noCookie = async (request: LoadRequest) =>
    request.kind === "signup" ? answer(429, {}) : answer(200, { items: [{ id: "c1" }] })
  await assert.rejects(mix.prepare(noCookie), { code: "BN3002", message: /429/ })
})
