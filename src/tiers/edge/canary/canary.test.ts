import assert from "node:assert/strict"
import { test } from "node:test"
import type { RequestHead } from "../../../http1/index.ts"
import { seededRandom } from "../../../kit/random.ts"
import { mapOf } from "../testing/edge-fixture.ts"
import { Canary } from "./canary.ts"

test("a request that began under one canary says nothing of the next one", () => {
  const canary = new Canary(seededRandom(1))
  const follow = (version: string) => canary.follow({ ...mapOf([]), canary: { version, weight: 100 } })
  const tracks = () => canary.report()!.tracks
  follow("2")
  const seat = canary.seat({ fields: [] } as unknown as RequestHead)!
  assert.equal(tracks().canary.requests, 1)
  follow("3")
  const before = tracks()
  canary.retried(seat, { version: "1" })
  canary.settled(seat, { backend: { version: "2" }, kind: "5xx", aborted: false })
  assert.deepEqual(tracks(), before)
})
