import assert from "node:assert/strict"
import { renameSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { test } from "node:test"
import { isBanyanError } from "../../../kit/errors.ts"
import { identifyProcess } from "../../../kit/node/process-identity.ts"
import { epoch, eventually, fixtureStarters, map, runFolder, testProject } from "../fixtures/test-project.ts"
import { awaitAgent, shutdownAgent } from "../launch-agent.ts"
import { createLocalDriver, type LocalDriver } from "../local-driver.ts"

const front = { id: "app-1", group: "app", version: "1" } as const
const web = { id: "web-1", group: "web", version: "1" } as const
const database = { id: "postgres-1", group: "postgres", version: "1" } as const

async function killAgent(driver: LocalDriver): Promise<number> {
  const { pid } = await driver.status()
  process.kill(pid, "SIGKILL")
  return pid
}

/** Over a new connection each time. */
async function answerOf(port: number): Promise<string> {
  return (await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: "close" } })).text()
}

async function serving(driver: LocalDriver): Promise<number> {
  const { public: address } = await driver.status()
  await eventually("front door", () => answerOf(address.port))
  return address.port
}

const pidsOf = async (driver: LocalDriver) =>
  (await driver.list()).map(({ id, pid, state }) => [id, pid, state])

test("SIGKILL of the agent: all serve on, the front door brings one back, it adopts everything", async t => {
  const project = testProject(t)
  const { status } = await project.start()
  const driver = project.driver()
  for (const spec of [database, web, front]) await driver.start(spec, map, epoch)
  const port = await serving(driver)
  const before = await pidsOf(driver)

  const events: string[] = []
  driver.subscribe(event => events.push(event.type))
  const former = await killAgent(driver)
  assert.equal(await answerOf(port), "app-1")
  const place = { projectFolder: project.folder, runFolder }
  assert.notEqual(await awaitAgent(place), undefined, "whoever looks meanwhile finds that it is on its way")
  const present = await driver.status()
  assert.notEqual(present.pid, former)
  assert.deepEqual(present.public, status.public)
  assert.deepEqual(present.epoch, epoch)
  assert.equal(present.supervisor.pid, status.supervisor.pid, "the supervisor was adopted")
  await eventually("attached", () => (events.includes("attached") ? true : undefined))
  assert.equal(events[0], "detached")
  assert.deepEqual((await pidsOf(driver)).map(String), before.map(String))

  // Exits of adopted processes are seen: of one with a link, and of one without.
  for (const id of ["app-1", "postgres-1"] as const) {
    const pid = (await driver.list()).find(one => one.id === id)?.pid
    const exited = new Promise<void>(resolve => {
      driver.subscribe(event => event.type === "exited" && event.id === id && resolve())
    })
    process.kill(pid!, "SIGKILL")
    await exited
  }
  // The socket went along: connections wait for the next front door, whom the new agent spawns.
  const waiting = answerOf(port)
  await driver.start({ id: "edge-1", group: "edge", version: "1" }, map, epoch)
  assert.equal(await waiting, "edge-1")
  // Those who are no front door do not get the socket, though the agent itself was born with it.
  await driver.start({ ...web, id: "web-2" }, map, epoch)
  assert.equal((await project.birthOf("web-2")).listen, false)
  await driver.stop("web-1", 20_000, epoch)
  assert.equal(identifyProcess(before[1]?.[1] as number), undefined)
})

test("agents killed one after the other, two front doors racing: one agent each time, nothing lost", async t => {
  const project = testProject(t)
  await project.start()
  const driver = project.driver()
  await driver.start(front, map, epoch)
  await driver.start({ id: "edge-1", group: "edge", version: "1" }, map, epoch)
  const port = await serving(driver)
  await eventually("both doors are open", async () => {
    const seen = new Set(await Promise.all(Array.from({ length: 20 }, () => answerOf(port))))
    return seen.size === 2 || undefined
  })
  const before = await pidsOf(driver)
  for (let round = 0; round < 3; round++) {
    const former = await killAgent(driver)
    const { pid } = await driver.status()
    assert.notEqual(pid, former)
    assert.deepEqual((await pidsOf(driver)).map(String), before.map(String))
  }
})

test("without a front door the next start adopts what lives, with its epoch", async t => {
  const project = testProject(t)
  await project.start()
  const driver = project.driver()
  await driver.start(web, map, epoch)
  await driver.start(database, map, epoch)
  await killAgent(driver)
  process.kill((await project.birthOf("postgres-1")).pid, "SIGKILL")
  const { started, status } = await project.start()
  assert.equal(started, true)
  assert.deepEqual(status.epoch, epoch)
  const states = (await driver.list()).map(({ id, state }) => `${id} ${state}`)
  assert.deepEqual(states.toSorted(), ["postgres-1 exited", "web-1 running"])
  await assert.rejects(
    driver.fence({ term: 1, counter: 0 }),
    (error: unknown) => isBanyanError(error) && error.code === "BN1401",
  )
})

test("an exit while no agent was there is told to a driver that was waiting", async t => {
  const project = testProject(t)
  await project.start()
  const driver = project.driver()
  await driver.start(web, map, epoch)
  const { pid } = await project.birthOf("web-1")
  const told: string[] = []
  driver.subscribe(event => told.push(event.type === "exited" ? `exited ${event.id}` : event.type))
  await killAgent(driver)
  process.kill(pid, "SIGKILL")
  await eventually("its end", () => (identifyProcess(pid) === undefined ? true : undefined))
  await project.start()
  await eventually("attachment", () => (told.includes("attached") ? true : undefined))
  assert.deepEqual(told, ["detached", "exited web-1", "attached"])
})

test("a spoilt state is kept aside and the copy read; with both spoilt, the agent still starts", async t => {
  const project = testProject(t)
  await project.start()
  const driver = project.driver()
  await driver.start(web, map, epoch)
  const { pid } = await project.birthOf("web-1")
  const state = join(project.folder, ".banyan/run/agent-state.json")
  await killAgent(driver)
  writeFileSync(state, '{"schema":1,"proce')
  await project.start()
  assert.equal((await driver.list())[0]?.pid, pid)
  assert.match(project.read(".banyan/logs/agent.log"), /state was spoilt; kept aside/)

  const { supervisor } = await driver.status()
  await killAgent(driver)
  renameSync(state, `${state}.gone`)
  writeFileSync(join(project.folder, ".banyan/run/agent-state.copy.json"), "[]")
  const { status } = await project.start()
  assert.deepEqual(await driver.list(), [])
  assert.ok(status.pid > 0)
  // What it does not know it leaves alone; here the test tidies up.
  process.kill(pid, "SIGKILL")
  process.kill(supervisor.pid!, "SIGKILL")
})

test("a call made while the agent is away waits for it, and gives up in words when it does not come", async t => {
  const project = testProject(t)
  await project.start()
  const driver = createLocalDriver({
    projectFolder: project.folder,
    agentSocket: ".banyan/run/agent.sock",
    starters: fixtureStarters(),
    waitMs: 300,
  })
  t.after(() => driver.close())
  const pid = await killAgent(driver)
  await eventually("its end", () => (identifyProcess(pid) === undefined ? true : undefined))
  await assert.rejects(driver.list(), (error: unknown) => {
    assert.ok(isBanyanError(error))
    assert.equal(error.code, "BN1407")
    assert.match(error.message, /list: no agent answered on .*agent\.sock within 300 ms/)
    return true
  })
  await project.start()
  assert.deepEqual(await eventually("the new agent", () => driver.list()), [])
})

test("a shutdown that comes while the agent is away is not missed", async t => {
  const project = testProject(t)
  await project.start()
  const driver = project.driver()
  await driver.start(front, map, epoch)
  await serving(driver)
  const { pid } = (await driver.list())[0]!
  await killAgent(driver)
  await shutdownAgent({ projectFolder: project.folder, runFolder, mode: "now" })
  assert.equal(identifyProcess(pid!), undefined)
})
