import assert from "node:assert/strict"
import { after, before, test } from "node:test"
import { kill, processesBelow } from "./processes.ts"
import { type Command, ScratchProject } from "./scratch-project.ts"
import { until } from "./until.ts"

/** `up` in the foreground, as `npm start` runs it, and the ways it can end. */
let project: ScratchProject

before(async () => {
  project = await ScratchProject.create()
})
after(() => project.remove())

/** What a failed test left running is ended first: it would only be shown. */
async function upInForeground(): Promise<Command> {
  if (processesBelow(project.folder).length > 0) await project.banyan("down", "--now", "--yes")
  const up = project.begin("up")
  await Promise.race([
    until("the service", () => up.said().includes("Ctrl-C takes it down")),
    up.ended.then(({ stderr }) => assert.fail(stderr)),
  ])
  assert.equal((await project.get()).status, 200)
  return up
}

for (const { signal, code } of [
  { signal: "SIGINT", code: 130 },
  { signal: "SIGTERM", code: 0 },
  { signal: "SIGHUP", code: 0 },
] as const) {
  test(`${signal} takes everything down in order and ends with ${code}`, async () => {
    const up = await upInForeground()
    up.child.kill(signal)
    const ended = await up.ended
    assert.equal(ended.code, code, ended.stderr)
    assert.match(ended.stderr, /taking the service down in order/)
    assert.match(ended.stderr, /ok {2}close +app-1[\s\S]*ok {2}stop +app-1[\s\S]*everything has ended/)
    assert.deepEqual(processesBelow(project.folder), [])
  })
}

test("SIGINT while it is still starting takes down what has started", async () => {
  const up = project.begin("up")
  await until("a first process", () =>
    processesBelow(project.folder).some(({ command }) => command.includes("src/boot/agent.ts")),
  )
  up.child.kill("SIGINT")
  const ended = await up.ended
  assert.equal(ended.code, 130, ended.stderr)
  assert.deepEqual(processesBelow(project.folder), [])
})

test("SIGINT twice ends everything at once, while requests are still on their way", async () => {
  const slow = `export default {
    name: "slow",
    web: () => ({ fetch: request => new URL(request.url).pathname === "/slow" ? new Promise(() => {}) : new Response("ok") }),
  }`
  const app = project.read("app.ts")
  project.write("app.ts", slow)
  const up = await upInForeground()
  const hanging = project.get("/slow").then(
    () => "answered",
    () => "cut off",
  )
  await project.stateWhere("the request to arrive", state => state.instances.some(one => one.outstanding > 0))
  up.child.kill("SIGINT")
  await until("the first one to be heard", () => up.said().includes("taking the service down in order"))
  // The terminal's Ctrl-C reaches npm too, which sends it again: only a later one is a second one.
  const stopped = await until("the second one to be heard", async () => {
    up.child.kill("SIGINT")
    return up.said().includes("at once, then") || up.child.exitCode !== null
  })
  assert.equal(stopped, true)
  const ended = await up.ended
  assert.equal(ended.code, 130, ended.stderr)
  assert.equal(await hanging, "cut off")
  assert.deepEqual(processesBelow(project.folder), [])
  project.write("app.ts", app)
})

test("SIGKILL of the foreground command is nothing to the service; the next up shows it", async () => {
  const up = await upInForeground()
  const processes = processesBelow(project.folder).map(({ pid }) => pid)
  await kill(up.child.pid!)
  const left = processesBelow(project.folder).map(({ pid }) => pid)
  assert.deepEqual(
    left,
    processes.filter(pid => pid !== up.child.pid),
  )
  assert.equal((await project.get()).status, 200)
  assert.match((await project.banyan("up")).stderr, /runs already; nothing was started/)
  assert.equal((await project.state()).settled, true)
})

test("somebody else's down ends the foreground command too", async () => {
  await project.succeed("down", "--yes")
  const up = await upInForeground()
  await project.succeed("down", "--yes")
  const ended = await up.ended
  assert.equal(ended.code, 0, ended.stderr)
  assert.match(ended.stderr, /the service has been taken down/)
  assert.doesNotMatch(ended.stderr, /serves on/)
  assert.deepEqual(processesBelow(project.folder), [])
})
