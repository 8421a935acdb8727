import assert from "node:assert/strict"
import { mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs"
import { connect } from "node:net"
import { join } from "node:path"
import { test } from "node:test"
import { isBanyanError } from "../../../kit/errors.ts"
import { epoch, eventually, fixture, fixtureStarters, map, testProject } from "../fixtures/test-project.ts"
import type { ProcessSpec } from "../process-spec.ts"

const web = { id: "web-1", group: "web", version: "1" } as const
const database = { id: "postgres-1", group: "postgres", version: "1" } as const
const code = (wanted: string) => (error: unknown) => isBanyanError(error) && error.code === wanted

test("a process gets its payload on fd 4 and nowhere else, and no socket it was not given", async t => {
  const project = testProject(t)
  await project.start()
  const secret = `secret-${"x".repeat(100_000)}`
  const words: Partial<ProcessSpec> = { payload: secret, env: { ID: "web-1", PAYLOAD: "1" } }
  const driver = project.driver(fixtureStarters(() => words))
  await driver.start(web, map, epoch)
  const birth = await project.birthOf("web-1")
  assert.equal(birth.payload, secret)
  assert.equal(birth.listen, false)
  assert.deepEqual(birth.env.toSorted(), ["ID", "PAYLOAD"])
  if (process.platform === "linux") {
    for (const file of ["cmdline", "environ"]) {
      assert.doesNotMatch(readFileSync(`/proc/${birth.pid}/${file}`, "latin1"), /secret-x/)
    }
    assert.deepEqual(inetSocketsOf(birth.pid), [])
  }
  for (const file of ["agent.json", "agent-state.json", "agent-state.copy.json"]) {
    assert.doesNotMatch(project.read(`.banyan/run/${file}`), /secret-x|token-of/)
  }
  assert.doesNotMatch(project.read(".banyan/logs/agent.log"), /secret-x|token-of/)
})

/** TCP sockets among a process's descriptors. */
function inetSocketsOf(pid: number): string[] {
  const tables = ["tcp", "tcp6"].map(name => readFileSync(`/proc/${pid}/net/${name}`, "utf8")).join("\n")
  return readdirSync(`/proc/${pid}/fd`)
    .map(fd => /^socket:\[([0-9]+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1])
    .filter(inode => inode !== undefined && tables.includes(` ${inode} `)) as string[]
}

test("a process that does not mind its stop signal is killed after its grace", async t => {
  const project = testProject(t)
  await project.start()
  const stubborn = { env: { ID: "web-1", STUBBORN: "SIGTERM" } }
  const driver = project.driver(fixtureStarters(() => stubborn))
  await driver.start(web, map, epoch)
  await project.birthOf("web-1")
  const startedMs = performance.now()
  await driver.stop("web-1", 300, epoch)
  assert.ok(performance.now() - startedMs >= 295)
  assert.equal((await driver.list())[0]?.exit?.signal, "SIGKILL")
})

test("a process that leaves by itself within its grace leaves with its own code", async t => {
  const project = testProject(t)
  await project.start()
  const driver = project.driver()
  await driver.start(web, map, epoch)
  await project.birthOf("web-1")
  await driver.stop("web-1", 20_000, epoch)
  assert.equal((await driver.list())[0]?.exit?.code, 7)
})

test("a database is asked with SIGINT, then told with SIGQUIT, before it is killed", async t => {
  const project = testProject(t)
  await project.start()
  const words: Partial<ProcessSpec> = { stopSignal: "SIGINT", env: { ID: "postgres-1", STUBBORN: "SIGINT" } }
  const driver = project.driver(fixtureStarters(() => words))
  await driver.start(database, map, epoch)
  await project.birthOf("postgres-1")
  await driver.stop("postgres-1", 100, epoch)
  assert.equal((await driver.list())[0]?.exit?.signal, "SIGQUIT")
})

test("a data folder has one owner: not two ids, and not while a killed server's children linger", async t => {
  const project = testProject(t)
  await project.start()
  const dataFolder = join(project.folder, "data")
  mkdirSync(dataFolder)
  // A server whose child, in a session of its own, outlives it until it is released.
  const lingering = "setInterval(() => require('fs').existsSync('release') && process.exit(), 10)"
  const script = `setsid "$0" -e "${lingering}" & exec "$0" ${fixture("child")}`
  const words: Partial<ProcessSpec> = {
    argv: ["/bin/sh", "-c", script, process.execPath],
    env: { PATH: process.env.PATH ?? "", ID: "postgres-1" },
    cwd: dataFolder,
    dataFolder,
  }
  const driver = project.driver(fixtureStarters(() => words))
  await driver.start(database, map, epoch)
  await project.birthOf("data/postgres-1")
  await assert.rejects(driver.start({ ...database, id: "postgres-2" }, map, epoch), code("BN1405"))
  const exit = Promise.withResolvers<void>()
  driver.subscribe(event => event.type === "exited" && exit.resolve())
  await driver.signal("postgres-1", "SIGKILL", epoch)
  await exit.promise
  const again = driver.start(database, map, epoch)
  await eventually("the second start", async () =>
    (await driver.list())[0]?.exit === undefined ? true : undefined,
  )
  if (process.platform === "linux") assert.equal((await driver.list())[0]?.pid, undefined)
  writeFileSync(join(dataFolder, "release"), "")
  await again
  assert.ok((await driver.list())[0]?.pid !== undefined)
})

test("a program that cannot be started is an error that names it, and leaves no trace", async t => {
  const project = testProject(t)
  await project.start()
  const missing = project.driver(fixtureStarters(() => ({ argv: ["/no/such/program"] })))
  await assert.rejects(missing.start(web, map, epoch), (error: unknown) => {
    assert.ok(isBanyanError(error))
    assert.equal(error.code, "BN1406")
    assert.match(error.message, /web-1: \/no\/such\/program could not be started: .*ENOENT/)
    return true
  })
  const unwritable = project.driver(fixtureStarters(() => ({ logFile: "/proc/no.log" })))
  await assert.rejects(unwritable.start(web, map, epoch), code("BN1406"))
  assert.deepEqual(await missing.list(), [])
})

test("a wrong word ends the caller's link and nothing else", async t => {
  const project = testProject(t)
  await project.start()
  const driver = project.driver()
  await driver.start(web, map, epoch)
  for (const line of [
    "no JSON",
    '{"type":"call","call":1,"verb":"list"}',
    '{"type":"driver","token":"wrong"}',
  ]) {
    const socket = connect(join(project.folder, ".banyan/run/agent.sock"))
    socket.write(`${line}\n`)
    const answer = await new Promise(resolve =>
      socket.once("data", data => resolve(JSON.parse(String(data)))),
    )
    assert.equal((answer as { type: string }).type, "refused")
  }
  const impostor = connect(join(project.folder, ".banyan/run/agent.sock"))
  impostor.write(
    `${JSON.stringify({ type: "hello", id: "web-1", token: "guess", pid: 1, startedAt: "1" })}\n`,
  )
  const answer = await new Promise<string>(resolve => impostor.once("data", data => resolve(String(data))))
  assert.match(answer, /wrong token/)
  assert.equal((await driver.list())[0]?.state, "running")
})

test("a state that cannot be saved does not stop the agent", async t => {
  const project = testProject(t)
  await project.start()
  const driver = project.driver()
  // A folder in the place of the draft: writing fails, also for root.
  mkdirSync(join(project.folder, ".banyan/run/agent-state.json.tmp"))
  await driver.start(web, map, epoch)
  assert.equal((await driver.list())[0]?.state, "running")
  assert.match(project.read(".banyan/logs/agent.log"), /could not be saved/)
})
