import assert from "node:assert/strict"
import { test } from "node:test"
import { pino } from "pino"
import { stages } from "../topology/stages.ts"
import { type Overrides, overridesFor } from "./overrides.ts"
import { OverridesKeeper } from "./overrides-keeper.ts"

const silent = pino({ level: "silent" })
const grow = overridesFor(stages.balanced, "grow", 0)

/** A file in memory, on a disk that may be full. */
function file() {
  const disk = { content: undefined as Overrides | undefined, isFull: false }
  const read = async () => disk.content
  const write = async (overrides: Overrides | undefined) => {
    if (disk.isFull) throw new Error("no space left")
    disk.content = overrides
  }
  return { disk, keeper: new OverridesKeeper({ read, write }, silent) }
}

test("what was said is said again when a control plane that was replaced writes late", async () => {
  const { disk, keeper } = file()
  await keeper.say(undefined)
  disk.content = grow
  await keeper.keep()
  assert.equal(disk.content, undefined)
})

test("a write that failed is made up for when there is space", async () => {
  const { disk, keeper } = file()
  disk.isFull = true
  await keeper.say(grow)
  await keeper.keep()
  assert.equal(disk.content, undefined)
  assert.equal(keeper.isKept, false)
  disk.isFull = false
  await keeper.keep()
  assert.deepEqual(disk.content, grow)
  assert.equal(keeper.isKept, true)
})

test("who has said nothing leaves the file alone", async () => {
  const { disk, keeper } = file()
  disk.content = grow
  await keeper.keep()
  assert.equal(disk.content, grow)
})
