import assert from "node:assert/strict"
import { test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { FakeService, settled, until } from "./testing/control-fixture.ts"

/** Longer than what is told together, so that a look falls between an end and its being forgotten, or its being known. */
const forgetTakesMs = 60
const listTakesMs = 60

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

test("who is being ended looks like nothing else until it has gone, also before its end is known", async t => {
  const service = new FakeService(t)
  const control = await service.started()
  await control.change({ type: "grow" })
  await settled(control)
  const list = service.driver.list.bind(service.driver)
  service.driver.list = async () => {
    await sleep(listTakesMs)
    return list()
  }
  const told: string[] = []
  const stopListening = control.events.subscribe(({ event }) => {
    if (event.type === "instance") told.push(`${event.instance.id} ${event.instance.state}`)
    if (event.type === "gone") told.push(`${event.id} gone`)
  })
  t.after(stopListening)
  await control.down()
  await until(() => told.includes("postgres-1 gone"))
  for (const id of ["edge-1", "web-1"]) {
    const ofIt = told.filter(words => words.startsWith(id)).map(words => words.slice(id.length + 1))
    assert.equal(ofIt.join(", ").replace(/(draining, )+/, "draining, "), "draining, gone", id)
  }
})
