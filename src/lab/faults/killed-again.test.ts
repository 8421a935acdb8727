import assert from "node:assert/strict"
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { test } from "node:test"
import { killedAgainFault } from "./killed-again.ts"
import { hasEnded } from "./process-tree.ts"

/** Costs three starts of a process. */
test("who is started in the place of one that was killed is killed too, until it is healed", async t => {
  let living: ChildProcess | undefined
  const start = () => {
    living = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" })
    return living
  }
  t.after(() => living?.kill("SIGKILL"))
  const pidsNow = async () => (living?.pid === undefined || living.signalCode !== null ? [] : [living.pid])
  const fault = killedAgainFault("server", pidsNow)

  const first = start()
  const ended = once(first, "exit")
  await fault.strike()
  assert.deepEqual(await ended, [null, "SIGKILL"])
  assert.deepEqual(await once(start(), "exit"), [null, "SIGKILL"])

  await fault.heal()
  await fault.heal()
  assert.equal(hasEnded(start().pid!), false)
})
