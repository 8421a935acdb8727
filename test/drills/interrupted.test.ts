import assert from "node:assert/strict"
import { after, before, test } from "node:test"
import { fileURLToPath } from "node:url"
import { processesBelow } from "../integration/processes.ts"
import { type Command, ScratchProject } from "../integration/scratch-project.ts"
import { until } from "../integration/until.ts"

/** Ctrl-C in the middle of a drill: nothing of it stays behind, whatever was dead at that moment. */
const app = fileURLToPath(new URL("../../apps/beigel/app.ts", import.meta.url))
let project: ScratchProject

before(async () => {
  project = await ScratchProject.create({ config: { app } })
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

test("Ctrl-C under load, while nobody answers because the supervisor was killed, too", async () => {
  const command = project.begin("drill", "kill-any", "--short")
  await until("the first kill", () => command.said().includes("kill app"))
  const killed = await until("a supervisor", () => pidOf("src/boot/supervisor.ts"))
  await until("another supervisor", () => pidOf("src/boot/supervisor.ts") !== killed)
  await interrupt(command)
})
