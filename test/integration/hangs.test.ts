import assert from "node:assert/strict"
import { after, before, type TestContext, test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { identifyProcess, isAlive, type ProcessIdentity } from "../../src/kit/node/process-identity.ts"
import { beatMs } from "../../src/kit/silence.ts"
import { InterposedSocket } from "../../src/lab/faults/interposed-socket.ts"
import type { StateView } from "../../src/wire/admin.ts"
import { pidOf, pidsOf } from "./pids.ts"
import { kill, processesBelow } from "./processes.ts"
import { ScratchProject } from "./scratch-project.ts"
import { until } from "./until.ts"
import { watchService } from "./watch-service.ts"

/** Each process in turn lives and does nothing. Stage balanced, asked all the time. */
const hungAfterMs = 3_000
/** Longer than anybody may be silent. */
const tooLongMs = hungAfterMs + 3 * beatMs
const app = `export default {
  name: "tiny",
  web: () => ({
    fetch: request => {
      while (request.method === "POST");
      return new Response(String(process.pid))
    },
  }),
}
`
let project: ScratchProject

before(async () => {
  project = await ScratchProject.create({ app, config: { stage: "balanced", hungAfterMs } })
  await project.succeed("up", "--detach")
})
after(() => project.remove())

/** A service that nobody may notice anything of. */
function watched(t: TestContext): { end(): Promise<string[]> } {
  const watch = watchService(project)
  t.after(() => watch.end())
  return watch
}

function stop(t: TestContext, pid: number): ProcessIdentity {
  const identity = identifyProcess(pid)
  assert.ok(identity)
  process.kill(pid, "SIGSTOP")
  t.after(() => isAlive(identity) && process.kill(pid, "SIGCONT"))
  return identity
}

/** Resolves when somebody has killed it, because it has hung long enough. */
async function killed(t: TestContext, identity: ProcessIdentity): Promise<void> {
  const sinceMs = performance.now()
  await until(`the end of ${identity.pid}`, () => !isAlive(identity))
  const afterMs = performance.now() - sinceMs
  t.diagnostic(`killed ${Math.round(afterMs)} ms after it began to hang`)
  // Its last word may have come up to a beat before.
  assert.ok(afterMs >= hungAfterMs - beatMs, `killed too early: after ${afterMs} ms`)
}

/** The plan that replaced a web instance which hung; all else is as it was. */
async function assertReplaced(id: "web-1" | "web-2", before: StateView): Promise<void> {
  const later = await project.stateWhere(`another ${id}`, now => {
    const pid = pidOf(now, id)
    return now.settled && pid !== 0 && pid !== pidOf(before, id)
  })
  assert.match(later.lastPlan?.trigger ?? "", new RegExp(`^${id} hung: silent for \\d+ s$`))
  assert.deepEqual(
    later.lastPlan?.phases.map(phase => phase.map(step => `${step.kind} ${step.id}`)),
    [[`kill ${id}`], [`forget ${id}`], [`start ${id}`], [`route ${id}`]],
  )
  assert.deepEqual(pidsOf(later, id), pidsOf(before, id))
  assert.equal(later.supervisor.pid, before.supervisor.pid)
}

test("a web instance that is stopped is killed and replaced, and no request fails", async t => {
  const before = await project.settled()
  const watch = watched(t)
  await killed(t, stop(t, pidOf(before, "web-1")))
  await assertReplaced("web-1", before)
  assert.deepEqual(await watch.end(), [])
})

test("a web instance in a loop without an end is killed and replaced; only its own request fails", async t => {
  const before = await project.settled()
  const watch = watched(t)
  const webs = (["web-1", "web-2"] as const).map(id => ({
    id,
    identity: identifyProcess(pidOf(before, id))!,
  }))
  const sinceMs = performance.now()
  const answer = await fetch(`http://127.0.0.1:${project.port}/`, { method: "POST" })
  t.diagnostic(`answered ${answer.status} after ${Math.round(performance.now() - sinceMs)} ms`)
  assert.ok(answer.status >= 502, `status ${answer.status}`)
  const ended = await until("the end of one of them", () => webs.find(({ identity }) => !isAlive(identity)))
  await assertReplaced(ended.id, before)
  assert.deepEqual(await watch.end(), [])
})

test("a supervisor that hangs is killed, and its successor adopts what runs", async t => {
  const before = await project.settled()
  const watch = watched(t)
  await killed(t, stop(t, before.supervisor.pid))
  const later = await project.settledByAnother(before.supervisor.pid)
  assert.deepEqual(pidsOf(later), pidsOf(before))
  assert.deepEqual(await watch.end(), [])
})

test("an agent that hangs is killed by the front door, which brings another one", async t => {
  const before = await project.settled()
  const watch = watched(t)
  const former = await project.agentPid()
  await killed(t, stop(t, former))
  await until("another agent", async () => (await project.agentPid().catch(() => former)) !== former)
  const later = await project.settled()
  assert.deepEqual(pidsOf(later), pidsOf(before))
  assert.equal(later.supervisor.pid, before.supervisor.pid)
  assert.deepEqual(await watch.end(), [])
})

test("a front door that hangs is killed and replaced; who connects meanwhile is answered late", async t => {
  const before = await project.settled()
  const frozen = stop(t, pidOf(before, "edge-1"))
  const late = project.get()
  await killed(t, frozen)
  assert.equal((await late).status, 200)
  const later = await project.settled()
  assert.deepEqual(pidsOf(later, "edge-1"), pidsOf(before, "edge-1"))
})

test("control links that are cut are no hang: nobody is killed", async t => {
  const before = await project.settled()
  const control = await InterposedSocket.at(project.at(".banyan/run/control.sock"), 1)
  t.after(() => control.close())
  // Its successor's links are made through the proxy.
  await kill(before.supervisor.pid)
  const through = await project.stateWhere("another supervisor", ({ settled }) => settled)
  assert.ok(control.proxy.connections >= 3, `${control.proxy.connections} links through the proxy`)
  const watch = watched(t)
  const heal = control.proxy.add("both", { type: "cut" })
  await sleep(tooLongMs)
  heal()
  const later = await project.settled()
  assert.deepEqual(pidsOf(later), pidsOf(before))
  assert.equal(later.supervisor.pid, through.supervisor.pid)
  assert.equal(later.lastPlan?.id, through.lastPlan?.id)
  assert.deepEqual(await watch.end(), [])
})

test("all stand still and go on, as on a suspended machine: nobody takes anybody for hung", async t => {
  const before = await project.settled()
  const everybody = processesBelow(project.folder).map(({ pid }) => stop(t, pid))
  await sleep(tooLongMs)
  for (const { pid } of everybody) process.kill(pid, "SIGCONT")
  // Whoever judged by what it missed would kill at one of its next beats.
  await sleep(3 * beatMs)
  const later = await project.settled()
  assert.deepEqual(pidsOf(later), pidsOf(before))
  assert.ok(everybody.every(isAlive))
  assert.equal((await project.get()).status, 200)
})
