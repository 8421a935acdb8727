import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { test } from "node:test"
import type { Fault } from "./fault.ts"
import { FaultInjector } from "./fault-injector.ts"
import { killFault } from "./kill.ts"

/** A fault that only says what is done with it. */
function noted(name: string, subject: string, words: string[], trouble?: "strike" | "heal"): Fault {
  const act = async (what: "strike" | "heal") => {
    words.push(`${what} ${subject}`)
    if (trouble === what) throw new Error(`${subject} does not ${what}`)
  }
  return { name, subject, strike: () => act("strike"), heal: () => act("heal") }
}

function injector(words: string[]): FaultInjector {
  return new FaultInjector(
    async (moment, { name, subject }) => void words.push(`${moment}: ${name} ${subject}`),
  )
}

test("a fault is written down before it strikes and after it is healed, once", async () => {
  const words: string[] = []
  const faults = injector(words)
  const frozen = noted("freeze", "web-1", words)
  await faults.inject(frozen)
  await faults.heal(frozen)
  await faults.heal(frozen)
  await faults.healAll()
  assert.deepEqual(words, [
    "strikes: freeze web-1",
    "strike web-1",
    "struck: freeze web-1",
    "heal web-1",
    "healed: freeze web-1",
  ])
})

test("the end heals what is open, the last first, also what struck badly; one that will not heal stops no other", async () => {
  const words: string[] = []
  const faults = injector(words)
  await faults.inject(noted("cut", "a", words))
  await faults.inject(noted("cut", "b", words, "heal"))
  await assert.rejects(faults.inject(noted("cut", "c", words, "strike")), /c does not strike/)
  words.length = 0
  await assert.rejects(faults.healAll(), /b does not heal/)
  assert.deepEqual(words, ["heal c", "heal b", "heal a"])
  await faults.healAll()
})

test("the end waits for a strike that is under way", async () => {
  const words: string[] = []
  const faults = injector(words)
  const strike = Promise.withResolvers<void>()
  const struck = faults.inject({ ...noted("cut", "a", words), strike: () => strike.promise })
  // The witness is asked first.
  await Promise.resolve()
  const healed = faults.healAll()
  assert.deepEqual(words, ["strikes: cut a"])
  strike.resolve()
  await struck
  await healed
  assert.deepEqual(words, ["strikes: cut a", "struck: cut a", "heal a"])
})

test("a kill kills", async t => {
  const child = spawn("sleep", ["60"])
  t.after(() => child.kill("SIGKILL"))
  const end = new Promise(resolve => child.once("exit", (_, signal) => resolve(signal)))
  const fault = killFault("web-1", child.pid!)
  await fault.strike()
  assert.equal(await end, "SIGKILL")
  await fault.heal()
})
