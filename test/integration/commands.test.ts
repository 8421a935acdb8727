import assert from "node:assert/strict"
import { after, before, test } from "node:test"
import { planViewSchema, stateViewSchema } from "../../src/wire/admin.ts"
import { pidsOf } from "./pids.ts"
import { processesBelow } from "./processes.ts"
import { ScratchProject } from "./scratch-project.ts"

/** One service, in the order of a session at the keyboard: each test goes on where the one before it ended. */
let project: ScratchProject

before(async () => {
  project = await ScratchProject.create()
})
after(() => project.remove())

const errorOf = (stderr: string) =>
  JSON.parse(stderr).error as { code: string; message: string; todo: string }
const lines = (stdout: string) =>
  stdout
    .trim()
    .split("\n")
    .map(line => JSON.parse(line))

test("before the first start every command says that nothing runs, and what to do", async () => {
  for (const words of [
    ["status"],
    ["grow", "--yes"],
    ["plan"],
    ["down", "--yes"],
    ["down", "--now", "--yes"],
  ]) {
    const { code, stdout, stderr } = await project.banyan(...words)
    assert.equal(code, 1, words.join(" "))
    assert.equal(stdout, "")
    assert.match(stderr, /BN3202 nothing is running in .*\n +-> Start the service: npm start/)
  }
})

test("up --detach returns when the service answers", async () => {
  const [told] = lines(await project.succeed("up", "--detach", "--json"))
  assert.equal(told.alreadyRunning, false)
  assert.equal(told.service, `http://127.0.0.1:${project.port}`)
  assert.match(told.statusPage, new RegExp(`^http://127\\.0\\.0\\.1:${project.adminPort}/#token=\\S{22}$`))
  assert.equal((await project.get()).status, 200)
  assert.equal(told.state.settled, true)
})

test("a second up shows the running one and starts nothing, in the foreground too", async () => {
  const processes = processesBelow(project.folder)
  for (const words of [["up", "--detach"], ["up"]]) {
    const { code, stderr } = await project.banyan(...words)
    assert.equal(code, 0)
    assert.match(stderr, /runs already; nothing was started, stage single/)
    assert.match(stderr, new RegExp(`http://127\\.0\\.0\\.1:${project.port}\\b`))
  }
  assert.deepEqual(
    processesBelow(project.folder).map(({ pid }) => pid),
    processes.map(({ pid }) => pid),
  )
})

test("status --json has the stage and of each instance what it is", async () => {
  const state = stateViewSchema.parse(await project.state())
  assert.equal(state.stage, "single")
  assert.deepEqual(
    state.instances.map(({ id, role, state }) => ({ id, role, state })),
    [
      { id: "app-1", role: "edge+web", state: "ready" },
      { id: "postgres-1", role: "primary", state: "ready" },
    ],
  )
  const [app] = state.instances
  assert.equal(app?.address, ".banyan/run/app-1.sock")
  assert.equal(await (await project.get()).text(), String(app?.pid))
})

test("status for people names stage, instances and addresses", async () => {
  const words = await project.succeed("status")
  for (const word of ["stage single", "app-1", "postgres-1", String(project.port), "settled"])
    assert.match(words, new RegExp(word))
})

test("plan shows and does nothing; --exit-code says whether there is something to do", async () => {
  const before = pidsOf(await project.state())
  const [proposed] = lines(await project.succeed("plan", "grow", "--json"))
  assert.equal(planViewSchema.parse(proposed).state, "proposed")
  assert.equal((await project.banyan("plan", "--exit-code")).code, 0)
  assert.equal((await project.banyan("plan", "grow")).code, 0)
  assert.equal((await project.banyan("plan", "grow", "--exit-code")).code, 2)
  assert.deepEqual(pidsOf(await project.state()), before)
})

test("grow, scale, apply and shrink change what runs and say so in one JSON value", async () => {
  const ways = [
    { words: ["grow"], stage: "balanced", web: 2 },
    { words: ["scale", "web=3"], stage: "balanced", web: 3 },
    { words: ["apply"], stage: "single", web: 0 },
    { words: ["grow"], stage: "balanced", web: 2 },
    { words: ["shrink"], stage: "single", web: 0 },
  ]
  for (const { words, stage, web } of ways) {
    const [plan, ...more] = lines(await project.succeed(...words, "--yes", "--json"))
    assert.deepEqual(more, [])
    assert.equal(planViewSchema.parse(plan).state, "done", words.join(" "))
    const state = await project.state()
    assert.equal(state.stage, stage)
    assert.equal(state.instances.filter(({ id }) => id.startsWith("web-")).length, web)
    assert.equal((await project.get()).status, 200)
  }
})

test("apply names what it cannot take up, and how it is: changed settings that wait for a start", async () => {
  const file = project.read("banyan.config.ts")
  project.configure({ web: { drainTimeoutMs: 1000, readyTimeoutMs: 59_000 }, edge: { retryBudget: 0.2 } })
  const [told] = lines(await project.succeed("apply", "--yes", "--json"))
  assert.deepEqual(told, { plan: null, waitsForStart: ["web.readyTimeoutMs", "edge.retryBudget"] })
  const { stdout, stderr } = await project.banyan("apply", "--yes")
  assert.match(
    stdout + stderr,
    /web\.readyTimeoutMs, edge\.retryBudget\n.*npx banyan down, then npx banyan up/,
  )
  project.write("banyan.config.ts", file)
  assert.deepEqual(lines(await project.succeed("apply", "--yes", "--json")), [null])
})

test("what cannot be: exit code 2 for a wrong word, 3 for a refusal, 1 for what was given up, each with its code and a way on", async () => {
  const wrong: readonly (readonly [readonly string[], number, string])[] = [
    [["shrink"], 3, "BN1302"],
    [["scale", "web=3"], 3, "BN1303"],
    [["scale", "edge=2"], 3, "BN1303"],
    [["switchover"], 3, "BN1352"],
    [["switchover", "app-1"], 3, "BN1352"],
    [["switchover", "postgres-77"], 2, "BN1306"],
    [["scale", "wob=3"], 2, "BN3203"],
    [["scale", "web=many"], 2, "BN3203"],
    [["plan", "explode"], 2, "BN3203"],
    [["grow", "--timeout", "soon"], 2, "BN3203"],
    [["logs", "web-77"], 2, "BN3205"],
    [["kill", "app-1", "--signal", "USR1"], 2, "BN3203"],
    [["sql", "select pg_sleep(60)", "--timeout", "100ms"], 1, "BN2291"],
  ]
  for (const [words, expected, name] of wrong) {
    const { code, stdout, stderr } = await project.banyan(...words, "--json")
    assert.equal(code, expected, `${words.join(" ")}: ${stderr}`)
    assert.equal(stdout, "")
    const error = errorOf(stderr)
    assert.equal(error.code, name)
    assert.notEqual(error.todo, "")
  }
  assert.equal((await project.banyan("grwo")).code, 2)
  assert.equal((await project.banyan("grow", "--loud")).code, 2)
  assert.equal((await project.banyan("kill", "web-77", "--yes")).code, 2)
})

test("a change that takes longer than one wants to wait: exit code 4, and it goes on", async () => {
  const { code, stderr } = await project.banyan("grow", "--yes", "--json", "--timeout", "1ms")
  assert.equal(code, 4)
  assert.equal(errorOf(stderr).code, "BN3204")
  const state = await project.settled()
  assert.equal(state.stage, "balanced")
})

test("kill names a process; it is replaced", async () => {
  const before = (await project.state()).instances.find(({ id }) => id === "web-2")?.pid
  await project.succeed("kill", "web-2", "--yes")
  const state = await project.stateWhere(
    "another web-2",
    ({ settled, instances }) =>
      settled &&
      instances.some(({ id, pid, state }) => id === "web-2" && pid !== before && state === "ready"),
  )
  assert.equal(state.stage, "balanced")
})

test("config show --explain names who said each value", async () => {
  await project.succeed("scale", "web=1", "--yes")
  const { value, sources } = JSON.parse(await project.succeed("config", "show", "--explain", "--json"))
  assert.equal(value.stage, "balanced")
  assert.equal(value.web.instances, 1)
  assert.equal(sources.stage, "scale web=1")
  assert.equal(sources.port, "banyan.config.ts")
  assert.equal(sources["web/keepAliveMs"], "default")
  assert.match(await project.succeed("config", "show", "--explain"), /web\/instances +1 +scale web=1/)
})

test("what was grown is there again after down and up; apply goes back to the file", async () => {
  assert.match((await project.banyan("down", "--yes")).stderr, /everything has ended/)
  assert.deepEqual(processesBelow(project.folder), [])
  await project.succeed("up", "--detach")
  const state = await project.state()
  assert.equal(state.stage, "balanced")
  assert.equal(state.instances.filter(({ id }) => id.startsWith("web-")).length, 1)
  await project.succeed("apply", "--yes")
  assert.equal((await project.state()).stage, "single")
  const { sources } = JSON.parse(await project.succeed("config", "show", "--explain", "--json"))
  assert.equal(sources.stage, "default")
  assert.equal((await project.banyan("plan", "--exit-code")).code, 0)
})

test("logs and doctor speak NDJSON; doctor finds nothing to mend", async () => {
  for (const line of lines(await project.succeed("logs", "app-1", "--json"))) assert.equal(line.id, "app-1")
  const findings = lines(await project.succeed("doctor", "--json"))
  assert.ok(findings.some(({ check, level }) => check === "service" && level === "ok"))
  assert.deepEqual(
    findings.filter(({ level }) => level === "fail"),
    [],
  )
})

test("down ends everything, in order, and says so as NDJSON", async () => {
  const events = lines(await project.succeed("down", "--json"))
  assert.deepEqual(events.at(-1), { down: true })
  assert.deepEqual(processesBelow(project.folder), [])
  const ends = project
    .read(".banyan/logs/agent.log")
    .split("\n")
    .filter(line => line.includes('"msg":"exited"'))
    .slice(-2)
    .map(line => JSON.parse(line).instance)
  assert.deepEqual(ends, ["app-1", "postgres-1"])
})
