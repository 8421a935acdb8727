import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { once } from "node:events"
import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs"
import { type AddressInfo, createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { test } from "node:test"
import { isBanyanError } from "../../kit/errors.ts"
import { identifyProcess } from "../../kit/node/process-identity.ts"
import { onLines } from "../../wire/node/lines.ts"
import { processesIn } from "./agent/folder-owner.ts"
import { AgentClient } from "./agent-client.ts"
import { type ClientLine, encodeLine } from "./agent-protocol.ts"
import {
  epoch,
  eventually,
  fixtureStarters,
  map,
  runFolder,
  testProject,
  wordsFor,
} from "./fixtures/test-project.ts"
import { findAgent, shutdownAgent } from "./launch-agent.ts"

const web = { id: "web-1", group: "web", version: "1" } as const

test("a second start finds the first; six at once start one agent", async t => {
  const project = testProject(t)
  const outcomes = await Promise.all(Array.from({ length: 6 }, () => project.start()))
  assert.equal(outcomes.filter(({ started }) => started).length, 1)
  assert.equal(new Set(outcomes.map(({ status }) => status.pid)).size, 1)
  assert.equal((await project.start()).started, false)
})

test("a busy public port is an error that names it, and no agent stays", async t => {
  const server = createServer().listen(0, "127.0.0.1")
  t.after(() => server.close())
  await once(server, "listening")
  const { port } = server.address() as AddressInfo
  const project = testProject(t)
  const settings = { ...project.settings, public: { host: "127.0.0.1", port } }
  await assert.rejects(project.start(settings), (error: unknown) => {
    assert.ok(isBanyanError(error))
    assert.equal(error.code, "BN1402")
    assert.equal(error.fault, "user")
    assert.match(error.message, new RegExp(`port ${port} on 127.0.0.1 is in use`))
    return true
  })
  assert.equal(await findAgent({ projectFolder: project.folder, runFolder, waitMs: 0 }), undefined)
})

test("an agent that is there and slow is found at the first look", async t => {
  const project = testProject(t)
  mkdirSync(join(project.folder, runFolder), { recursive: true })
  const pid = 4711
  const server = createServer(socket => {
    onLines(socket, text => {
      const line = JSON.parse(text) as ClientLine
      // Longer than one look at an agent that is not there.
      if (line.type === "driver") setTimeout(() => socket.write(encodeLine({ type: "welcome" })), 400)
      if (line.type === "call") socket.write(encodeLine({ type: "answer", call: line.call, value: { pid } }))
    })
  }).listen(join(project.folder, runFolder, "agent.sock"))
  t.after(() => server.close())
  await once(server, "listening")
  const found = await findAgent({ projectFolder: project.folder, runFolder, waitMs: 0 })
  assert.equal(found?.pid, pid)
})

test("an agent that cannot be started says so with its last words", async t => {
  const project = testProject(t)
  const agentArgv = [process.execPath, "-e", "throw new Error('no such luck')"] as const
  await assert.rejects(
    project.start({ ...project.settings, agentArgv }),
    (error: unknown) => isBanyanError(error) && error.code === "BN1411" && /no such luck/.test(error.message),
  )
})

test("a folder that cannot be used is an error that names it", async t => {
  const project = testProject(t)
  writeFileSync(join(project.folder, ".banyan"), "a file in the way")
  await assert.rejects(
    project.start(),
    (error: unknown) =>
      isBanyanError(error) && error.code === "BN1412" && /\.banyan\/run/.test(error.message),
  )
})

test("stale sockets, locks and wide rights of an earlier life do not matter", async t => {
  const project = testProject(t)
  const run = join(project.folder, runFolder)
  mkdirSync(run, { recursive: true, mode: 0o777 })
  writeFileSync(join(run, "agent.sock"), "")
  writeFileSync(join(run, "agent.lock.4"), JSON.stringify({ pid: 1, startedAt: "another boot" }))
  chmodSync(run, 0o777)
  await project.start()
  assert.equal(statSync(run).mode & 0o777, 0o700)
  assert.equal(statSync(join(run, "agent.json")).mode & 0o777, 0o600)
})

test("a project path longer than a socket's name may be", async t => {
  const parent = mkdtempSync(join(tmpdir(), "long-"))
  t.after(() => rmSync(parent, { recursive: true, force: true }))
  const deep = join(parent, ..."abc".split("").map(letter => letter.repeat(60)))
  mkdirSync(deep, { recursive: true })
  const project = testProject(t, deep)
  const before = process.cwd()
  t.after(() => process.chdir(before))
  process.chdir(project.folder)
  await project.start()
  const driver = project.driver()
  await driver.start(web, map, epoch)
  assert.equal((await driver.list())[0]?.state, "running")
  await driver.close()
  await shutdownAgent({ projectFolder: project.folder, runFolder, mode: "now" })
})

test("an orderly shutdown ends supervisor and agent, and removes socket and state", async t => {
  const project = testProject(t)
  const { status } = await project.start()
  const driver = project.driver()
  await driver.start(web, map, epoch)
  await driver.stop("web-1", 20_000, epoch)
  await driver.close()
  await shutdownAgent({ projectFolder: project.folder, runFolder, mode: "after-down" })
  for (const file of ["agent.sock", "agent-state.json", "agent-state.copy.json"]) {
    assert.throws(() => statSync(join(project.folder, runFolder, file)))
  }
  assert.throws(() => process.kill(status.supervisor.pid!, 0))
  assert.equal(identifyProcess(status.pid), undefined)
  await shutdownAgent({ projectFolder: project.folder, runFolder, mode: "now" })
})

test("everything at once: nothing is left, not even what is stubborn", async t => {
  const project = testProject(t)
  await project.start()
  const driver = project.driver(fixtureStarters(id => ({ env: { ID: id, STUBBORN: "SIGTERM,SIGINT" } })))
  for (const id of ["web-1", "web-2", "web-3"] as const) await driver.start({ ...web, id }, map, epoch)
  const pids = (await driver.list()).map(({ pid }) => pid!)
  await driver.close()
  await shutdownAgent({ projectFolder: project.folder, runFolder, mode: "now" })
  for (const pid of pids) assert.throws(() => process.kill(pid, 0))
})

test("nobody is born while the agent leaves, nor does what was being born stay", async t => {
  const project = testProject(t)
  const { status } = await project.start()
  const client = new AgentClient({ socketPath: join(project.folder, runFolder, "agent.sock") })
  t.after(() => client.close())
  // The supervisor may see the ends of others, and mend, before it hears that it shall end too.
  const calls = [
    client.call({ verb: "spawn", spec: wordsFor("child", "web-1", { dataFolder: "data" }), epoch }),
    client.call({ verb: "shutdown", mode: "now" }),
    client.call({ verb: "spawn", spec: wordsFor("child", "web-2"), epoch }),
  ]
  const [, , late] = await Promise.allSettled(calls)
  await eventually("agent's end", () => (identifyProcess(status.pid) === undefined ? true : undefined))
  assert.deepEqual(processesIn(project.folder, [process.execPath]), [])
  assert.equal(late?.status, "rejected")
})

test("an ordinary user passes the driver's suite", { skip: notRootOnLinux() }, t => {
  const home = mkdtempSync(join(tmpdir(), "ordinary-"))
  t.after(() => rmSync(home, { recursive: true, force: true }))
  chownSync(home, 65534, 65534)
  const suite = join(import.meta.dirname, "local-driver.test.ts")
  if (spawnSync("setpriv", [...asNobody, "test", "-r", suite]).status !== 0) {
    return t.skip("this checkout is not readable for other users")
  }
  // The runtime may lie in a folder only its owner may enter.
  const node = join(home, "node")
  cpSync(process.execPath, node)
  const run = spawnSync("setpriv", [...asNobody, node, "--test", suite], {
    cwd: home,
    env: { PATH: process.env.PATH, HOME: home, TMPDIR: home },
    encoding: "utf8",
  })
  assert.equal(run.status, 0, run.stdout)
  assert.match(run.stdout, /fail 0/)
})

const asNobody = ["--reuid=65534", "--regid=65534", "--clear-groups"]

function notRootOnLinux(): string | false {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return "only root can become another user"
  return spawnSync("setpriv", ["--version"]).status === 0 ? false : "there is no setpriv here"
}
