import assert from "node:assert/strict"
import { mock, test } from "node:test"
import type { LoadView } from "../../src/wire/admin.ts"
import { LoadChoice } from "./load-choice.ts"

const running = (rps: number): LoadView => ({
  ...{ state: "running", rps, totals: { sent: 0, ok: 0, failed: 0 }, failures: [] },
})
const off = (rps: number): LoadView => ({ ...running(rps), state: "off" })

/** A service that answers when it is told to; what it was asked for, in order. */
function lateService() {
  const asked: (number | "stop")[] = []
  const waiting: (() => void)[] = []
  const ask = (what: number | "stop", answer: LoadView) => {
    asked.push(what)
    return new Promise<LoadView>(resolve => waiting.push(() => resolve(answer)))
  }
  const choice = new LoadChoice({
    start: rps => ask(rps, running(rps)),
    stop: () => ask("stop", running(50)),
  })
  const turn = () => new Promise(resolve => setImmediate(resolve))
  const answer = async () => {
    waiting.shift()!()
    await turn()
  }
  /** The slider rests for so long that it is told. */
  const rest = async () => {
    mock.timers.tick(1_000)
    await turn()
  }
  return { asked, answer, choice, rest }
}

test("places of a slider: told when it rests, one after the other; what is told meanwhile takes none back", async t => {
  mock.timers.enable({ apis: ["setTimeout"] })
  t.after(() => mock.timers.reset())
  const { asked, answer, choice, rest } = lateService()
  choice.hear(running(50))
  choice.choose(75)
  await rest()
  choice.choose(100)
  choice.hear(running(75))
  assert.equal(choice.get().chosen, 100, "the next key goes on from here")
  choice.choose(125)
  await rest()
  assert.deepEqual(asked, [75], "the first is not answered yet")
  await answer()
  assert.deepEqual([asked, choice.get().chosen], [[75, 125], 125])
  await answer()
  assert.deepEqual([choice.get().chosen, choice.get().load?.rps], [undefined, 125])
})

test("another tab's rate takes the place of a choice that waits for nothing; the same rate again does not", () => {
  const { choice } = lateService()
  choice.hear(off(50))
  choice.choose(200)
  choice.hear(off(50))
  assert.equal(choice.get().chosen, 200)
  choice.hear(running(30))
  assert.deepEqual([choice.get().chosen, choice.get().load?.rps], [undefined, 30])
})

test("what is ended does not begin again by a place that was not told yet", async t => {
  mock.timers.enable({ apis: ["setTimeout"] })
  t.after(() => mock.timers.reset())
  const { asked, answer, choice, rest } = lateService()
  choice.hear(running(50))
  choice.choose(75)
  choice.stop()
  await rest()
  choice.hear(off(50))
  await answer()
  assert.deepEqual([asked, choice.get().load?.state], [["stop"], "off"], "its answer is older than the end")
})

test("a refusal is told, and the slider shows what the service goes by", async () => {
  const refused = new Error("it is being taken down")
  const choice = new LoadChoice({ start: () => Promise.reject(refused), stop: async () => off(0) })
  choice.hear(off(50))
  choice.choose(75)
  choice.start(75)
  await new Promise(resolve => setImmediate(resolve))
  assert.deepEqual(choice.get(), { load: off(50), error: refused })
})
