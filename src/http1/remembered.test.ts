import assert from "node:assert/strict"
import { test } from "node:test"
import { remembered } from "./remembered.ts"

test("each text is worked out once, and again only when too many others came", () => {
  const worked: string[] = []
  const lengthOf = remembered(text => {
    worked.push(text)
    return { length: text.length }
  })
  assert.deepEqual([lengthOf("a").length, lengthOf("bb").length, lengthOf("a").length], [1, 2, 1])
  assert.deepEqual(worked, ["a", "bb"])
  for (let count = 0; count < 1024; count++) lengthOf(`other-${count}`)
  assert.equal(lengthOf("a").length, 1)
  assert.equal(worked.filter(text => text === "a").length, 2)
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
