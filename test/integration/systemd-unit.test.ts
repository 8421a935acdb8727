import assert from "node:assert/strict"
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { after, before, test } from "node:test"
import { ScratchProject } from "./scratch-project.ts"
import { until } from "./until.ts"

/** The unit's ExecStart, run as systemd would run it: what its Restart and KillMode rely on. */

let project: ScratchProject
let argv: string[]

before(async () => {
  project = await ScratchProject.create()
  const { name, text } = JSON.parse(await project.succeed("systemd", "--drain", "1s", "--json"))
  assert.match(name, /^banyan-\w+\.service$/i)
  argv = /^ExecStart=(.*)$/m.exec(text)![1]!.split(" ")
})
after(() => project.remove())

type Started = { readonly child: ChildProcess; readonly said: () => string }

function start(): Started {
  const [program, ...args] = argv
  // What systemd gives: no terminal, few variables.
  const child = spawn(program!, args, {
    cwd: project.folder,
    env: { PATH: process.env["PATH"], BANYAN_POSTGRES_AS: process.env["BANYAN_POSTGRES_AS"] },
    stdio: ["ignore", "ignore", "pipe"],
  })
  let words = ""
  child.stderr!.setEncoding("utf8").on("data", text => (words += text))
  return { child, said: () => words }
}

const watching = ({ said }: Started) => until("it watches", () => /Ctrl-C takes it down/.test(said()))

test("the main process may die: the service serves on, the next one joins it; SIGTERM takes it down in order", async () => {
  const first = start()
  await watching(first)
  const agent = await project.agentPid()
  const pid = await (await project.get()).text()

  first.child.kill("SIGKILL")
  await once(first.child, "exit")
  assert.equal(await (await project.get()).text(), pid)

  const second = start()
  await watching(second)
  assert.match(second.said(), /runs already; nothing was started/)
  assert.equal(await project.agentPid(), agent)

  process.kill(agent, "SIGKILL")
  await until("another agent", async () => (await project.agentPid().catch(() => agent)) !== agent)
  assert.equal(await (await project.get()).text(), pid)
  assert.equal(second.child.exitCode, null, second.said())

  second.child.kill("SIGTERM")
  const [code] = await once(second.child, "exit")
  assert.equal(code, 0, second.said())
  assert.match(second.said(), /everything has ended/)
  await assert.rejects(project.get())
})
