import assert from "node:assert/strict"
import { test } from "node:test"
import { Lateness } from "./lateness.ts"

test("who follows closely is never late; who stands still is later and later, until it has come to where that began", () => {
  const lateness = new Lateness<number>()
  const see = (primary: number, replica: number, nowMs: number) =>
    lateness.see(primary, position => replica >= position, nowMs)
  assert.deepEqual([see(10, 10, 0), see(20, 10, 100), see(30, 20, 200), see(40, 30, 300)], [0, 0, 0, 0])
  assert.deepEqual([see(50, 30, 400), see(60, 39, 5000)], [100, 4700])
  assert.equal(see(70, 40, 6000), 0, "it has what was awaited: from now on for what there is now")
  assert.equal(see(70, 60, 6500), 500)
  assert.equal(see(70, 70, 9000), 0)
  assert.deepEqual([see(80, 70, 9100), see(80, 70, 9900)], [0, 800])
  lateness.forget()
  assert.equal(see(80, 70, 30_000), 0, "from then on it is counted anew")
})
