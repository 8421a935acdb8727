import assert from "node:assert/strict"
import { test } from "node:test"
import { KeptPosts } from "./kept-posts.ts"

/** `a` and `b` acknowledged, the answer of `c` lost, `d` sent later. */
function posts(): KeptPosts {
  const kept = new KeptPosts()
  kept.sent({ text: "a", sentAtMs: 10, acknowledgedAtMs: 15 })
  kept.sent({ text: "b", sentAtMs: 20, acknowledgedAtMs: 25 })
  kept.sent({ text: "c", sentAtMs: 28 })
  kept.sent({ text: "d", sentAtMs: 40, acknowledgedAtMs: 45 })
  return kept
}

const to = { words: "then", fromMs: 25, untilMs: 30 }
const words = (violations: readonly string[]) =>
  violations.map(each => each.replace("restored to then: ", ""))

test("a moment is what was acknowledged by then, and perhaps what nobody knows of", () => {
  assert.deepEqual(posts().judge(["a", "b"], to), [])
  assert.deepEqual(posts().judge(["a", "b", "c"], to), [])
})

test("lost, too late, doubled, never sent: each is told", () => {
  assert.deepEqual(words(posts().judge(["a"], to)), ["1 acknowledged and archived posts are lost"])
  assert.deepEqual(words(posts().judge(["a", "b", "d"], to)), ["1 posts are of a later time"])
  assert.deepEqual(words(posts().judge(["a", "b", "b"], to)), ["1 posts are there twice"])
  assert.deepEqual(words(posts().judge(["a", "b", "x"], to)), ["1 posts are there that nobody sent"])
})

test("what a restore decided holds for those after it", () => {
  const kept = posts()
  kept.judge(["a", "b"], to)
  kept.sent({ text: "e", sentAtMs: 50, acknowledgedAtMs: 55 })
  const later = { words: "then", fromMs: 60, untilMs: 60 }
  assert.deepEqual(words(kept.judge(["b", "d", "e"], later)), [
    "1 posts of an earlier restore are lost",
    "1 posts are back that a restore had undone",
  ])
})
