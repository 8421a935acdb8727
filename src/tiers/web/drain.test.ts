import assert from "node:assert/strict"
import { test } from "node:test"
import { ManualClock } from "../../kit/clock.ts"
import { Drain } from "./drain.ts"

function makeDrain() {
  const clock = new ManualClock()
  const told: string[] = []
  const drain: Drain = new Drain(clock, () => told.push(drain.state))
  const stream = (name: string) => ({
    endGently: () => void told.push(`end ${name}`),
    cut: () => void told.push(`cut ${name}`),
  })
  return { clock, told, drain, stream }
}

test("an idle instance is drained at once; one at work when its work is done", () => {
  const { drain, told } = makeDrain()
  const leave = drain.enter()
  drain.begin(1000)
  assert.deepEqual(told, ["draining"])
  leave()
  leave()
  assert.deepEqual(told, ["draining", "drained"])
  assert.equal(drain.outstanding, 0)
})

test("streams are ended at the deadline, and cut when they do not end", () => {
  const { clock, drain, told, stream } = makeDrain()
  drain.enter()
  drain.hold(stream("slow"))
  const release = drain.hold(stream("good"))
  drain.begin(1000)
  clock.advance(999)
  assert.deepEqual(told, ["draining"])
  clock.advance(1)
  assert.deepEqual(told.splice(0), ["draining", "end slow", "end good"])
  release()
  clock.advance(10_000)
  assert.deepEqual(told, ["cut slow"])
})

test("a stream that begins after the deadline is ended at once", () => {
  const { clock, drain, told, stream } = makeDrain()
  drain.begin(10)
  clock.advance(10)
  drain.hold(stream("late"))
  assert.deepEqual(told, ["drained", "end late"])
})

test("an instance taken back serves on: no stream is ended", () => {
  const { clock, drain, told, stream } = makeDrain()
  drain.enter()
  drain.hold(stream("kept"))
  drain.begin(10)
  drain.resume()
  clock.advance(1000)
  assert.deepEqual(told, ["draining", "serving"])
})

test("a later deadline does not move an earlier one; an earlier one does", () => {
  const { clock, drain, told, stream } = makeDrain()
  drain.hold(stream("s"))
  drain.enter()
  drain.begin(100)
  drain.begin(1000)
  clock.advance(50)
  drain.begin(20)
  clock.advance(20)
  assert.deepEqual(told, ["draining", "end s"])
  clock.advance(30)
  assert.deepEqual(told, ["draining", "end s"])
})

test("emptied resolves with the last piece of work", async () => {
  const { drain } = makeDrain()
  const leaves = [drain.enter(), drain.enter()]
  let emptied = false
  const waiting = drain.emptied().then(() => {
    emptied = true
  })
  leaves[0]!()
  await undefined
  assert.equal(emptied, false)
  leaves[1]!()
  await waiting
})
