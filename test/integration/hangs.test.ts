import assert from "node:assert/strict"
import { after, before, type TestContext, test } from "node:test"
import { identifyProcess, isAlive } from "../../src/kit/node/process-identity.ts"
import { beatMs } from "../../src/kit/silence.ts"
import type { StateView } from "../../src/wire/admin.ts"
import { ScratchProject } from "./scratch-project.ts"
import { until } from "./until.ts"
import { watchService } from "./watch-service.ts"

/** Each process in turn stands still and does not end. Stage balanced, asked all the time. */
const hungAfterMs = 3_000
let project: ScratchProject

before(async () => {
  project = await ScratchProject.create({ config: { stage: "balanced", hungAfterMs } })
  await project.succeed("up", "--detach")
})
after(() => project.remove())

const pidOf = (state: StateView, id: string) => state.instances.find(instance => instance.id === id)?.pid ?? 0
const pidsOf = ({ instances }: StateView, without = "") =>
  instances.filter(({ id }) => id !== without).map(({ id, pid }) => `${id} ${pid}`)

/** Stops a process for good (SIGSTOP); returns how to wait until somebody has killed it. */
function freeze(t: TestContext, pid: number): { killed(): Promise<void> } {
  const identity = identifyProcess(pid)
  assert.ok(identity)
  process.kill(pid, "SIGSTOP")
  t.after(() => isAlive(identity) && process.kill(pid, "SIGCONT"))
  const frozenAtMs = performance.now()
  return {
    async killed() {
      await until(`the end of ${pid}`, () => !isAlive(identity))
      const afterMs = performance.now() - frozenAtMs
      t.diagnostic(`killed ${Math.round(afterMs)} ms after it froze`)
      // Its last word may have come up to a beat before.
      assert.ok(afterMs >= hungAfterMs - beatMs, `killed too early: after ${afterMs} ms`)
    },
  }
}

test("a web instance that hangs is killed and replaced, and no request fails", async t => {
  const before = await project.settled()
  const watch = watchService(project)
  t.after(() => watch.end())
  const former = pidOf(before, "web-1")
  await freeze(t, former).killed()
  const later = await project.stateWhere(
    "another web-1",
    now => now.settled && pidOf(now, "web-1") !== former && pidOf(now, "web-1") !== 0,
  )
  assert.deepEqual(await watch.end(), [])
  assert.match(later.lastPlan?.trigger ?? "", /^web-1 hung: silent for \d+ s$/)
  assert.deepEqual(
    later.lastPlan?.phases.map(phase => phase.map(({ kind, id }) => `${kind} ${id}`)),
    [["kill web-1"], ["forget web-1"], ["start web-1"], ["route web-1"]],
  )
  assert.deepEqual(pidsOf(later, "web-1"), pidsOf(before, "web-1"))
})

test("a supervisor that hangs is killed, and its successor adopts what runs", async t => {
  const before = await project.settled()
  const watch = watchService(project)
  t.after(() => watch.end())
  await freeze(t, before.supervisor.pid).killed()
  const later = await project.stateWhere(
    "another supervisor",
    now => now.settled && now.supervisor.pid !== before.supervisor.pid,
  )
  assert.deepEqual(pidsOf(later), pidsOf(before))
  assert.deepEqual(await watch.end(), [])
})

test("an agent that hangs is killed by the front door, which brings another one", async t => {
  const before = await project.settled()
  const watch = watchService(project)
  t.after(() => watch.end())
  const former = await project.agentPid()
  await freeze(t, former).killed()
  await until("another agent", async () => (await project.agentPid().catch(() => former)) !== former)
  const later = await project.settled()
  assert.deepEqual(pidsOf(later), pidsOf(before))
  assert.equal(later.supervisor.pid, before.supervisor.pid)
  assert.deepEqual(await watch.end(), [])
})

test("a front door that hangs is killed and replaced; who connects meanwhile waits and is answered", async t => {
  const before = await project.settled()
  const former = pidOf(before, "edge-1")
  const frozen = freeze(t, former)
  const waiting = project.get()
  await frozen.killed()
  assert.equal((await waiting).status, 200)
  const later = await project.stateWhere("another front door", now => now.settled)
  assert.deepEqual(pidsOf(later, "edge-1"), pidsOf(before, "edge-1"))
})
