import assert from "node:assert/strict"
import { test } from "node:test"
import { remembered } from "./remembered.ts"

test("each text is worked out once, and again only when another one took its place", () => {
  const worked: string[] = []
  const lengthOf = remembered(text => {
    worked.push(text)
    return { length: text.length }
  })
  assert.deepEqual([lengthOf("a").length, lengthOf("bb").length, lengthOf("a").length], [1, 2, 1])
  assert.deepEqual(worked, ["a", "bb"])
  assert.deepEqual([lengthOf("a-b-c-d").length, lengthOf("a=b=c=d").length], [7, 7])
  const first = Array.from({ length: 2_000 }, (_, count) => `other-${count}`)
  for (const text of first) assert.equal(lengthOf(text).length, text.length)
  const before = worked.length
  for (const text of first) assert.equal(lengthOf(text).length, text.length)
  const again = worked.length - before
  assert.ok(again >= first.length - 1024, `${again} of ${first.length} were worked out again`)
})

test("long texts are worked out each time, characters beyond latin-1 are kept", () => {
  let worked = 0
  const first = remembered(text => {
    worked++
    return { character: text[0] }
  })
  for (let count = 0; count < 3; count++) first("x".repeat(65))
  assert.equal(worked, 3)
  for (let count = 0; count < 3; count++) assert.equal(first("\u0141a").character, "\u0141")
  assert.equal(worked, 4)
})
