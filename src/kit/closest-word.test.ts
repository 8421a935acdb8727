import assert from "node:assert/strict"
import { test } from "node:test"
import { closestWord } from "./closest-word.ts"

test("the nearest candidate within a few slips is meant; nothing is guessed beyond", () => {
  const candidates = ["instances", "drainTimeoutMs", "web", "edge"]
  assert.equal(closestWord("instancs", candidates), "instances")
  assert.equal(closestWord("DRAINTIMEOUT", candidates), "drainTimeoutMs")
  assert.equal(closestWord("wbe", candidates), "web")
  assert.equal(closestWord("x", candidates), undefined)
  assert.equal(closestWord("replicas", candidates), undefined)
  assert.equal(closestWord("web", []), undefined)
})
