import assert from "node:assert/strict"
import { after, before, test } from "node:test"
import type { StateView } from "../../src/wire/admin.ts"
import { pidOf, pidsOf } from "./pids.ts"
import { kill, processesBelow } from "./processes.ts"
import { ScratchProject } from "./scratch-project.ts"
import { until } from "./until.ts"
import { watchService } from "./watch-service.ts"

/** The control plane is killed in every way; the service must not notice. Stage balanced, asked all the time. */
let project: ScratchProject

before(async () => {
  project = await ScratchProject.create({ config: { stage: "balanced" } })
  await project.succeed("up", "--detach")
})
after(() => project.remove())

/** A settled state whose supervisor, and agent, are others than before. */
async function replaced(former: { supervisor?: number; agent?: number }): Promise<StateView> {
  const { supervisor, agent } = former
  if (agent !== undefined)
    await until("another agent", async () => (await project.agentPid().catch(() => agent)) !== agent)
  return project.settledByAnother(supervisor)
}

async function nextUpShowsIt(): Promise<void> {
  const { code, stderr } = await project.banyan("up", "--detach")
  assert.equal(code, 0, stderr)
  assert.match(stderr, /runs already; nothing was started, stage balanced/)
}

test("SIGKILL of the supervisor: another one adopts what runs", async () => {
  const before = await project.settled()
  const watch = watchService(project)
  await kill(before.supervisor.pid)
  const later = await replaced({ supervisor: before.supervisor.pid })
  assert.deepEqual(pidsOf(later), pidsOf(before))
  assert.ok(later.epoch.term > before.epoch.term)
  assert.deepEqual(await watch.end(), [])
  await nextUpShowsIt()
})

test("SIGKILL of the agent: the front door brings another one, which adopts what runs", async () => {
  const before = await project.settled()
  const watch = watchService(project)
  const agent = await project.agentPid()
  await kill(agent)
  const later = await replaced({ agent })
  assert.deepEqual(pidsOf(later), pidsOf(before))
  assert.equal(later.supervisor.pid, before.supervisor.pid)
  assert.deepEqual(await watch.end(), [])
  await nextUpShowsIt()
  // The new agent is no parent of what it adopted, and still sees it end.
  await project.succeed("kill", "web-1", "--yes")
  await project.stateWhere(
    "another web-1",
    now => now.settled && pidOf(now, "web-1") !== pidOf(before, "web-1"),
  )
})

test("SIGKILL of agent and supervisor together: both come back and adopt what runs", async () => {
  const before = await project.settled()
  const watch = watchService(project)
  const agent = await project.agentPid()
  await Promise.all([kill(agent), kill(before.supervisor.pid)])
  const later = await replaced({ agent, supervisor: before.supervisor.pid })
  assert.deepEqual(pidsOf(later), pidsOf(before))
  assert.deepEqual(await watch.end(), [])
  await nextUpShowsIt()
})

test("SIGKILL of agent, supervisor and front door: the next up brings back what is gone and only that", async () => {
  const before = await project.settled()
  const agent = await project.agentPid()
  await Promise.all([kill(agent), kill(before.supervisor.pid), kill(pidOf(before, "edge-1"))])
  await project.succeed("up", "--detach")
  const later = await project.settled()
  assert.equal((await project.get()).status, 200)
  for (const id of ["web-1", "web-2", "postgres-1"]) assert.equal(pidOf(later, id), pidOf(before, id), id)
  assert.notEqual(pidOf(later, "edge-1"), pidOf(before, "edge-1"))
})

test("SIGKILL of everything but the database: the next up starts a whole service on its data", async () => {
  const before = await project.settled()
  const victims = processesBelow(project.folder).filter(({ command }) => command.includes("/src/boot/"))
  await Promise.all(victims.map(({ pid }) => kill(pid)))
  await project.succeed("up", "--detach")
  const later = await project.settled()
  assert.equal(later.stage, "balanced")
  assert.equal(pidOf(later, "postgres-1"), pidOf(before, "postgres-1"))
  assert.equal((await project.get()).status, 200)
})

test("a web instance dies while the control plane is stopped: the edge goes on with the others", async () => {
  const before = await project.settled()
  process.kill(before.supervisor.pid, "SIGSTOP")
  try {
    const watch = watchService(project)
    await kill(pidOf(before, "web-1"))
    const survivor = String(pidOf(before, "web-2"))
    for (let times = 0; times < 20; times++) assert.equal(await (await project.get()).text(), survivor)
    assert.deepEqual(await watch.end(), [])
  } finally {
    process.kill(before.supervisor.pid, "SIGCONT")
  }
  const later = await project.stateWhere(
    "another web-1",
    now =>
      now.settled && now.instances.some(({ id, pid }) => id === "web-1" && pid !== pidOf(before, "web-1")),
  )
  assert.equal(pidOf(later, "web-2"), pidOf(before, "web-2"))
})

test("every process keeps the newest map on disk, so that it can start and serve on without a control plane", async () => {
  const before = await project.settled()
  for (const id of ["edge-1", "web-1", "web-2"]) {
    const map = JSON.parse(project.read(`.banyan/run/maps/${id}.json`))
    assert.deepEqual(map.epoch, before.epoch)
  }
})

test("down takes down what was adopted, too", async () => {
  await project.succeed("down", "--yes")
  assert.deepEqual(processesBelow(project.folder), [])
})
