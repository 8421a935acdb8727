import assert from "node:assert/strict"
import { mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { after, test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { CliProject, helloApp } from "./testing/cli-project.ts"

/** The command line against a real service: real processes, a real database. The tests are one story, in order. */

const project = await CliProject.create(helloApp, { web: { drainTimeoutMs: 2000 } })
const { port } = project
const banyan = (...args: string[]) => project.run(...args)
after(() => project.remove())

test("nothing runs: commands say so and what to do; arguments are judged first", async () => {
  const status = await banyan("status")
  assert.equal(status.code, 1)
  assert.match(status.stderr, /^BN3202 nothing is running in .*\n {2}-> Start the service: npm start/)
  assert.equal(status.stdout, "")
  assert.equal((await banyan("scale", "wbe=2")).code, 2)
  const unknown = await banyan("stauts")
  assert.equal(unknown.code, 2)
  assert.match(unknown.stderr, /Did you mean status\?/)
  const asJson = await banyan("down", "--json")
  assert.equal(JSON.parse(asJson.stderr).error.code, "BN3202")
})

test("no project: the file that is missing is named", async () => {
  const nowhere = mkdtempSync(join(tmpdir(), "banyan-nowhere-"))
  const status = await project.runWith({ cwd: nowhere }, "status")
  rmSync(nowhere, { recursive: true })
  assert.equal(status.code, 1)
  assert.match(status.stderr, /BN1001 banyan\.config\.ts: not found/)
})

test("a busy port is named before anything is started", async t => {
  const holder = createServer().listen(port, "127.0.0.1")
  t.after(() => holder.close())
  await new Promise(resolve => holder.once("listening", resolve))
  const up = await banyan("up", "--detach")
  assert.equal(up.code, 1)
  assert.match(up.stderr, new RegExp(`BN1402 port ${port} `))
  const doctor = await banyan("doctor", "--json")
  assert.equal(doctor.code, 1)
  assert.equal(doctor.values.find(finding => finding["check"] === "port")?.["level"], "fail")
})

test("a bad PORT is the caller's mistake", async () => {
  const up = await project.runWith({ env: { PORT: "web" } }, "up", "--detach")
  assert.equal(up.code, 2)
  assert.match(up.stderr, /BN1004 PORT: port: should be a whole number from 1 to 65535, got web/)
})

test("up --detach returns when the service answers; a second up starts nothing", async () => {
  const up = await banyan("up", "--detach", "--json")
  assert.equal(up.code, 0, up.stderr)
  const [first] = up.values
  assert.equal(first?.["service"], `http://127.0.0.1:${port}`)
  assert.equal(await project.answers(), true)
  const second = await banyan("up")
  assert.equal(second.code, 0, second.stderr)
  assert.match(second.stderr, /hello runs already; nothing was started, stage single/)
})

test("status works below the project's folder too, for people and for programs", async () => {
  const below = join(project.folder, "below")
  mkdirSync(below)
  const status = await project.runWith({ cwd: below }, "status", "--json")
  const [state] = status.values as [{ stage: string; instances: { id: string; state: string }[] }]
  assert.equal(state.stage, "single")
  assert.deepEqual(state.instances.map(({ id }) => id).sort(), ["app-1", "postgres-1"])
  const words = await banyan("status")
  assert.match(words.stdout, /^hello {2}http:\/\/127\.0\.0\.1:\d+ {2}stage single {2}settled\n/)
  assert.doesNotMatch(words.stdout, /\u001b/)
})

test("plan shows what grow would do and changes nothing", async () => {
  const plan = await banyan("plan", "grow")
  assert.equal(plan.code, 0)
  assert.match(plan.stdout, /^grow: single -> balanced, \d+ steps in \d+ phases\n 1 {2}start /)
  assert.equal((await banyan("plan", "grow", "--exit-code")).code, 2)
  assert.equal((await banyan("plan", "--exit-code")).code, 0)
  assert.equal((await banyan("plan", "sideways")).code, 2)
})

test("grow, scale, kill, shrink, apply: told step by step, with the codes scripts rely on", async () => {
  const grow = await banyan("grow")
  assert.equal(grow.code, 0, grow.stderr)
  assert.match(grow.stderr, /ok {2}open {3}edge-1/)
  assert.match(grow.stderr, /done: stage balanced in .*\nnext: npx banyan scale web=4\n$/)
  const again = await banyan("grow")
  assert.equal(again.code, 3)
  assert.match(again.stderr, /BN1301/)

  const scale = await banyan("scale", "web=3", "--json")
  assert.equal(scale.code, 0, scale.stderr)
  assert.equal(scale.values[0]?.["state"], "done")
  assert.deepEqual((await banyan("scale", "web=3", "--json")).values, [null])

  assert.equal((await banyan("kill", "web-9")).code, 2)
  assert.equal((await banyan("kill", "web-2", "--signal", "nope")).code, 2)
  assert.equal((await banyan("kill", "web-2")).code, 0)
  await untilSettled()

  const config = await banyan("config", "show", "--explain", "--json")
  const { sources } = config.values[0] as { sources: Record<string, string> }
  assert.equal(sources["web/instances"], "scale web=3")
  assert.equal(sources["port"], "banyan.config.ts")

  const apply = await banyan("apply", "--timeout", "2m")
  assert.equal(apply.code, 0, apply.stderr)
  assert.match(apply.stderr, /done: stage single/)
})

test("logs: of one, of all, and of nobody", async () => {
  const supervisor = await banyan("logs", "supervisor", "--json", "-n", "5")
  assert.equal(supervisor.values.length, 5)
  assert.match((await banyan("logs", "-n", "3")).stdout, /postgres-1 /)
  const nobody = await banyan("logs", "web-99")
  assert.equal(nobody.code, 1)
  assert.match(nobody.stderr, /BN3205 there is no log of `web-99`; there are: agent, app-1, /)
})

test("doctor finds nothing to mend while the service runs", async () => {
  const doctor = await banyan("doctor", "--json")
  assert.deepEqual(
    doctor.values.filter(({ level }) => level === "fail"),
    [],
  )
  assert.match(String(doctor.values.at(-1)?.["words"]), /^runs at http/)
})

test("down ends everything in order, the database last", async () => {
  const down = await banyan("down")
  assert.equal(down.code, 0, down.stderr)
  const lines = down.stderr.split("\n")
  const at = (pattern: RegExp) => lines.findIndex(line => pattern.test(line))
  assert.ok(at(/ok {2}close {2}app-1/) < at(/ok {2}stop {3}postgres-1/), down.stderr)
  assert.match(down.stderr, /everything has ended\n$/)
  assert.equal((await banyan("status")).code, 1)
  assert.equal(await project.answers(), false)
})

/** The killed instance's successor is ready: a change would else be refused while the repair runs. */
async function untilSettled(): Promise<void> {
  for (;;) {
    const { values } = await banyan("status", "--json")
    const { settled, instances } = values[0] as { settled: boolean; instances: { state: string }[] }
    if (settled && instances.every(({ state }) => state === "ready")) return
    await sleep(50)
  }
}
