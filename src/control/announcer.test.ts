import assert from "node:assert/strict"
import { test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { FakeService, settled, until } from "./testing/control-fixture.ts"

/** Longer than what is told together, so that a look falls between an end and its being forgotten. */
const forgetTakesMs = 60

test("who is ended by a step was stopped, also when somebody looks before it is forgotten; who dies has exited", async t => {
  const service = new FakeService(t)
  const control = await service.started()
  const forget = service.driver.forget.bind(service.driver)
  service.driver.forget = async (...args) => {
    await sleep(forgetTakesMs)
    await forget(...args)
  }
  const gone: string[] = []
  const stopListening = control.events.subscribe(({ event }) => {
    if (event.type === "gone") gone.push(event.reason)
  })
  t.after(stopListening)
  for (const type of ["grow", "grow", "switchover", "shrink", "shrink"] as const) {
    await control.change({ type })
    await settled(control)
  }
  assert.deepEqual(
    gone.filter(reason => !reason.endsWith("was stopped")),
    [],
  )
  assert.ok(gone.includes("app-1 was stopped"), gone.join(", "))
  assert.ok(control.timeline().entries.every(({ kind }) => kind !== "crash"))

  service.driver.crash("app-1")
  await until(() => gone.at(-1) === "app-1 exited (SIGKILL)")
  await settled(control)
  assert.equal(control.timeline().entries.filter(({ kind }) => kind === "crash").length, 1)
})
