import assert from "node:assert/strict"
import { readdirSync, readFileSync } from "node:fs"
import { after, before, test } from "node:test"
import { processesBelow } from "../integration/processes.ts"
import { beigelApp, type Command, ScratchProject } from "../integration/scratch-project.ts"
import { until } from "../integration/until.ts"

/** Ctrl-C in the middle of a drill: nothing of it stays behind, whatever was dead at that moment. */
let project: ScratchProject

before(async () => {
  project = await ScratchProject.create({ config: { app: beigelApp } })
})
after(() => project.remove())

function pidOf(program: string): number | undefined {
  return processesBelow(project.folder).find(({ command }) => command.includes(program))?.pid
}

async function interrupt({ child, ended }: Command): Promise<void> {
  child.kill("SIGINT")
  const { code, stderr } = await ended
  assert.equal(code, 130, stderr)
  assert.match(stderr, /^interrupted: /m)
  assert.doesNotMatch(stderr, /fault of Banyan/)
  assert.deepEqual(processesBelow(project.folder), [])
}

test("Ctrl-C while the drill's service starts takes everything down, exit 130", async () => {
  const command = project.begin("drill", "climb", "--short")
  await until("a supervisor", () => pidOf("src/boot/supervisor.ts"))
  await interrupt(command)
})

/** Seeds are chosen for what strikes second, after the app process was killed. */
test("Ctrl-C under load, while nobody answers because the supervisor was killed, too", async () => {
  const command = project.begin("drill", "kill-any", "--short", "--seed", "4")
  await until("the first kill", () => command.said().includes("kill app"))
  const killed = await until("a supervisor", () => pidOf("src/boot/supervisor.ts"))
  await until("another supervisor", () => pidOf("src/boot/supervisor.ts") !== killed)
  await interrupt(command)
})

test("Ctrl-C while a process is frozen thaws it, and leaves no cgroup behind", async () => {
  const command = project.begin("drill", "kill-any", "--short", "--seed", "9")
  await until("the first kill", () => command.said().includes("kill app"))
  await until("a frozen process", () => processesBelow(project.folder).some(({ pid }) => isFrozen(pid)))
  // Other tests freeze, too, at the same time.
  const ours = processesBelow(project.folder).map(({ pid }) => `banyan-freeze-${pid}-`)
  await interrupt(command)
  const left = readFileSync("/proc/self/mounts", "utf8")
    .split("\n")
    .flatMap(line => (/ cgroup2? /.test(line) ? [line.split(" ")[1]!] : []))
    .flatMap(mount => readdirSync(mount).filter(name => ours.some(each => name.startsWith(each))))
  assert.deepEqual(left, [])
})

test("SIGKILL of the drill while a process is frozen takes everything down as well", async () => {
  const command = project.begin("drill", "kill-any", "--short", "--seed", "9")
  await until("the first kill", () => command.said().includes("kill app"))
  await until("a frozen process", () => processesBelow(project.folder).some(({ pid }) => isFrozen(pid)))
  // The command may have begun itself anew in namespaces: the drill is who works in its service's folder.
  const inService = processesBelow(project.at(".banyan/drills"))
  const drill = inService.find(({ command }) => command.includes("src/cli/main.ts"))
  process.kill(drill!.pid, "SIGKILL")
  await command.ended
  await until("the end of its service", () => processesBelow(project.folder).length === 0)
})

/** By a signal, or in a cgroup made for that. */
function isFrozen(pid: number): boolean {
  try {
    const isStopped = /^State:\s+T/m.test(readFileSync(`/proc/${pid}/status`, "latin1"))
    return isStopped || readFileSync(`/proc/${pid}/cgroup`, "latin1").includes("/banyan-freeze-")
  } catch {
    return false
  }
}
