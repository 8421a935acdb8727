import assert from "node:assert/strict"
import { appendFileSync, readdirSync, rmSync, statSync, truncateSync } from "node:fs"
import { after, before, test } from "node:test"
import type { StateView } from "../../src/wire/admin.ts"
import { pidsOf } from "./pids.ts"
import { kill, processesBelow } from "./processes.ts"
import { ScratchProject } from "./scratch-project.ts"
import { until } from "./until.ts"
import { watchService } from "./watch-service.ts"

/** What Banyan writes is spoilt or taken away, under a running service and before a start. */
let project: ScratchProject
const journal = ".banyan/journal/journal.ndjson"
const overrides = ".banyan/overrides.json"

before(async () => {
  project = await ScratchProject.create()
  await project.succeed("up", "--detach")
  await project.succeed("grow", "--yes")
})
after(() => project.remove())

async function restartSupervisor(): Promise<StateView> {
  const { supervisor } = await project.settled()
  await kill(supervisor.pid)
  return project.settledByAnother(supervisor.pid)
}

const damages: Readonly<Record<string, () => void>> = {
  "garbage at its end": () => appendFileSync(project.at(journal), '{"seq":99999,"half a rec'),
  "a line of garbage at its end": () => appendFileSync(project.at(journal), "\0\0\0 nonsense\n"),
  "its last line cut": () => truncateSync(project.at(journal), statSync(project.at(journal)).size - 7),
  "taken away": () => rmSync(project.at(journal)),
}

for (const [name, damage] of Object.entries(damages)) {
  test(`the journal is spoilt under a running service (${name}): the next supervisor goes on`, async () => {
    const before = await project.settled()
    const watch = watchService(project)
    damage()
    const later = await restartSupervisor()
    assert.deepEqual(pidsOf(later), pidsOf(before))
    assert.equal(later.stage, "balanced")
    assert.deepEqual(await watch.end(), [])
  })
}

test("a supervisor that finds its journal spoilt while it acts still carries a change out, or says why not", async () => {
  appendFileSync(project.at(journal), "nonsense\n")
  const watch = watchService(project)
  const { code, stderr } = await project.banyan("scale", "web=3", "--yes", "--timeout", "30s")
  const state = await project.settled()
  const webs = state.instances.filter(({ id }) => id.startsWith("web-")).length
  if (code === 0) assert.equal(webs, 3)
  else assert.match(stderr, /^BN\d{4} .*\n {2}-> \S/m)
  assert.deepEqual(await watch.end(), [])
  await project.banyan("scale", "web=2", "--yes")
  assert.equal((await project.settled()).stage, "balanced")
})

test("the damaged journal is kept aside and named in the supervisor's log", () => {
  assert.ok(readdirSync(project.at(".banyan/journal")).some(name => name.startsWith("journal.corrupt-")))
  assert.match(project.read(".banyan/logs/supervisor.log"), /could not be read.*kept as/)
})

test("the agent's state is spoilt, then the agent is killed: the copy serves, and what runs is adopted", async () => {
  const before = await project.settled()
  project.write(".banyan/run/agent-state.json", '{"schema":1,"processes":[{"id":')
  const agent = await project.agentPid()
  await kill(agent)
  await until("another agent that has kept the spoilt state aside", () =>
    readdirSync(project.at(".banyan/run")).some(name => name.startsWith("agent-state.json.corrupt-")),
  )
  const later = await project.settled()
  assert.deepEqual(pidsOf(later), pidsOf(before))
  const victim = later.instances.find(({ id }) => id === "web-1")
  await project.succeed("kill", "web-1", "--yes")
  await project.stateWhere(
    "another web-1",
    ({ settled, instances }) =>
      settled && instances.some(({ id, pid }) => id === "web-1" && pid !== victim?.pid),
  )
})

test("files of the run folder are taken away: the service goes on, and a supervisor brings its own back", async () => {
  const before = await project.settled()
  const watch = watchService(project)
  for (const name of ["admin.json", "asked.json", "control.sock", "maps"])
    rmSync(project.at(`.banyan/run/${name}`), { recursive: true, force: true })
  await kill(before.supervisor.pid)
  const later = await project.settledByAnother(before.supervisor.pid)
  assert.deepEqual(pidsOf(later), pidsOf(before))
  assert.deepEqual(await watch.end(), [])
})

test("down, everything in the run folder lost, the journal cut, the overrides spoilt: up starts as the file says", async () => {
  await project.succeed("down", "--yes")
  assert.deepEqual(processesBelow(project.folder), [])
  rmSync(project.at(".banyan/run"), { recursive: true })
  truncateSync(project.at(journal), statSync(project.at(journal)).size - 7)
  project.write(overrides, '{"schema":1,"stage":"bal')
  await project.succeed("up", "--detach")
  const state = await project.settled()
  assert.equal(state.stage, "single")
  assert.match(project.read(`${overrides}.corrupt`), /"bal$/)
  assert.match(project.read(".banyan/logs/supervisor.log"), /overrides.json cannot be read: kept as/)
  assert.equal((await project.get()).status, 200)
})
