import assert from "node:assert/strict"
import { test } from "node:test"
import { type SeededWrite, WriteSequence } from "./write-sequence.ts"

const first = (count: number, writer: string, seed: number): SeededWrite[] => {
  const sequence = new WriteSequence(writer, seed)
  return Array.from({ length: count }, () => sequence.next())
}

test("the same seed makes the same writes, another one others", () => {
  assert.deepEqual(first(300, "w", 7), first(300, "w", 7))
  assert.notDeepEqual(first(300, "w", 7), first(300, "w", 8))
})

test("every kind of write comes, texts are unique, and only living posts are touched", () => {
  const writes = first(2000, "w", 3)
  const kinds = new Set(writes.map(({ type }) => type))
  assert.deepEqual([...kinds].toSorted(), ["delete", "edit", "like", "post", "unlike"])
  const texts = writes.flatMap(write => ("text" in write ? [write.text] : []))
  assert.equal(new Set(texts).size, texts.length)
  const living = new Set<number>()
  let made = 0
  for (const write of writes) {
    if (write.type === "post") living.add(made++)
    else {
      assert.ok(living.has(write.post), `${write.type} of ${write.post}`)
      if (write.type === "delete") living.delete(write.post)
    }
  }
})
