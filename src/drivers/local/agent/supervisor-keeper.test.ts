import assert from "node:assert/strict"
import { createServer } from "node:http"
import { type AddressInfo, connect } from "node:net"
import { join } from "node:path"
import { type TestContext, test } from "node:test"
import { isBanyanError } from "../../../kit/errors.ts"
import { identifyProcess, isAlive } from "../../../kit/node/process-identity.ts"
import { onLines } from "../../../wire/node/lines.ts"
import type { SupervisorLaunch } from "../agent-settings.ts"
import { eventually, fixtureStarters, testProject } from "../fixtures/test-project.ts"
import { createLocalDriver } from "../local-driver.ts"

type Said = { readonly pid: number; readonly launch: SupervisorLaunch }

async function ask(port: number): Promise<Said> {
  return eventually(
    "supervisor's answer",
    async () => (await (await fetch(`http://127.0.0.1:${port}/`)).json()) as Said,
  )
}

async function busyPort(t: TestContext): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1")
  t.after(() => server.close())
  await new Promise(resolve => server.once("listening", resolve))
  return (server.address() as AddressInfo).port
}

test("the supervisor is born with the admin socket, a token and what it was to be told", async t => {
  const project = testProject(t)
  const { status } = await project.start()
  const { pid, launch } = await ask(status.admin.port)
  assert.equal(pid, status.supervisor.pid)
  assert.deepEqual(launch.public, status.public)
  assert.deepEqual(launch.admin, status.admin)
  assert.deepEqual(launch.options, { drainTimeoutMs: 5 })
  const driver = createLocalDriver({
    projectFolder: project.folder,
    agentSocket: launch.agentSocket,
    starters: fixtureStarters(),
    token: launch.token,
  })
  t.after(() => driver.close())
  assert.deepEqual(await driver.list(), [])
  assert.doesNotMatch(project.read(".banyan/run/agent-state.json"), new RegExp(launch.token))
})

test("a dead supervisor is replaced, at the same port, with a new token and growing patience", async t => {
  const project = testProject(t)
  const { status } = await project.start()
  const driver = project.driver()
  const lives: Said[] = [await ask(status.admin.port)]
  const startedMs = performance.now()
  for (let round = 1; round <= 4; round++) {
    process.kill(lives.at(-1)!.pid, "SIGKILL")
    const next = await eventually("next supervisor", async () => {
      const said = await ask(status.admin.port)
      return said.pid === lives.at(-1)!.pid ? undefined : said
    })
    lives.push(next)
  }
  // 50 + 100 + 200 + 400 ms of waiting between the lives.
  assert.ok(performance.now() - startedMs >= 740)
  assert.equal(new Set(lives.map(life => life.launch.token)).size, 5)
  assert.equal((await driver.status()).supervisor.restarts, 4)
})

test("an adopted supervisor's death is seen too, and its port kept", async t => {
  const project = testProject(t)
  const { status } = await project.start()
  const first = await ask(status.admin.port)
  process.kill(status.pid, "SIGKILL")
  await eventually("agent's end", () => (identifyProcess(status.pid) === undefined ? true : undefined))
  const second = await project.start()
  assert.equal(second.status.supervisor.pid, first.pid)
  process.kill(first.pid, "SIGKILL")
  const next = await eventually("next supervisor", async () => {
    const said = await ask(status.admin.port)
    return said.pid === first.pid ? undefined : said
  })
  assert.notEqual(next.launch.token, first.launch.token)
})

test("a supervisor that hangs is killed and replaced, heard before or not", async t => {
  const project = testProject(t)
  const { status } = await project.start({ ...project.settings, hungAfterMs: 1_000 })
  let former = (await ask(status.admin.port)).pid
  for (let life = 1; life <= 2; life++) {
    process.kill(former, "SIGSTOP")
    const identity = { pid: former, startedAt: identifyProcess(former)?.startedAt ?? "" }
    await eventually("its end", () => (isAlive(identity) ? undefined : true))
    // The next one is stopped the moment it is seen: its agent may not have heard from it.
    former = await eventually("next supervisor", async () => {
      const { supervisor } = await project.driver().status()
      return supervisor.pid === former ? undefined : supervisor.pid
    })
  }
  assert.match(project.read(".banyan/logs/agent.log"), /"silentMs":[0-9]+,"msg":"supervisor hung; killed"/)
})

test("an agent that stood still itself takes nobody for hung", async t => {
  const project = testProject(t)
  const { status } = await project.start({ ...project.settings, hungAfterMs: 1_000 })
  const { pid } = await ask(status.admin.port)
  process.kill(status.pid, "SIGSTOP")
  // The stall has to last: longer than its supervisor may be silent.
  await new Promise(resolve => setTimeout(resolve, 4_000))
  process.kill(status.pid, "SIGCONT")
  await beats(project.folder, 4)
  const now = await project.driver().status()
  assert.deepEqual({ pid: now.supervisor.pid, restarts: now.supervisor.restarts }, { pid, restarts: 0 })
})

/** Resolves when the agent has asked so many times whether one lives. */
async function beats(folder: string, count: number): Promise<void> {
  const socket = connect(join(folder, ".banyan/run/agent.sock"))
  socket.write('{"type":"driver"}\n')
  let left = count
  await new Promise<void>(resolve =>
    onLines(socket, line => {
      if (JSON.parse(line).type === "ping" && --left === 0) resolve()
    }),
  )
  socket.destroy()
}

test("a busy default port gives way to a free one, and that is said", async t => {
  const port = await busyPort(t)
  const project = testProject(t)
  const { status } = await project.start({
    ...project.settings,
    admin: { host: "127.0.0.1", port, exact: false },
  })
  assert.notEqual(status.admin.port, port)
  assert.equal(status.admin.exact, false)
  assert.equal((await ask(status.admin.port)).launch.admin.exact, false)
})

test("a busy port that was asked for is an error, and nothing is left running", async t => {
  const port = await busyPort(t)
  const project = testProject(t)
  const settings = { ...project.settings, admin: { host: "127.0.0.1", port, exact: true } }
  await assert.rejects(
    project.start(settings),
    (error: unknown) =>
      isBanyanError(error) && error.code === "BN1402" && error.message.includes(String(port)),
  )
})
