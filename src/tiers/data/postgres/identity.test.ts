import assert from "node:assert/strict"
import { test } from "node:test"
import { refusePrimary, type ServerIdentity } from "./identity.ts"

const primary = (timeline: number, cluster = "7/a"): ServerIdentity => ({
  cluster,
  recovering: false,
  timeline,
})
const replica: ServerIdentity = { cluster: "7/a", recovering: true, timeline: null }

test("the first primary is believed; later ones must be of its cluster and not older", () => {
  assert.equal(refusePrimary(primary(1), undefined), undefined)
  assert.equal(refusePrimary(primary(1), primary(1)), undefined)
  assert.equal(refusePrimary(primary(3), primary(2)), undefined)
  assert.match(refusePrimary(primary(1), primary(2)) ?? "", /former primary \(timeline 1, 2 was seen\)/)
  assert.match(refusePrimary(primary(1, "7/b"), primary(1)) ?? "", /another cluster/)
  assert.match(refusePrimary(replica, undefined) ?? "", /replica/)
  assert.match(refusePrimary(replica, primary(1)) ?? "", /replica/)
})
