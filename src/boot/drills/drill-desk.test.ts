import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type TestContext, test } from "node:test"
import { fileURLToPath } from "node:url"
import { until } from "../../control/testing/control-fixture.ts"
import { noDatabases, serveAdmin } from "../../control/testing/served-admin.ts"
import { identifyProcess } from "../../kit/node/process-identity.ts"
import type { DrillRunView, DrillsView } from "../../wire/admin.ts"
import { DrillDesk } from "./drill-desk.ts"
import type { RunRecord } from "./run-files.ts"

const commandLine = fileURLToPath(new URL("../../cli/main.ts", import.meta.url))

/** Runs as another supervisor left them behind; that one is really run, test/browser/drills-story.ts shows. */
async function serve(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), "drills-"))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const desk = new DrillDesk(folder, commandLine)
  const admin = await serveAdmin(t, {}, noDatabases, desk)
  const leave = (id: string, record: Partial<RunRecord>, files: Record<string, string> = {}) => {
    mkdirSync(join(folder, id))
    const whole = { name: "climb", short: true, seed: 1, startedAtMs: 1, pid: 0, startedAt: "", ...record }
    const all = { "run.json": JSON.stringify(whole), ...files }
    for (const [name, text] of Object.entries(all)) writeFileSync(join(folder, id, name), text)
  }
  const read = async <T>(path: string) => JSON.parse((await admin.get(path)).text) as T
  return { ...admin, desk, leave, read }
}

test("the list is the command line's; runs are shown as they are, whoever began them", async t => {
  const { leave, read } = await serve(t)
  const sleeper = spawn("sleep", ["600"])
  t.after(() => sleeper.kill())
  const { pid, startedAt } = identifyProcess(sleeper.pid!)!
  leave("climb-1", {}, { "end.json": '{"endedAtMs":5,"code":0,"verdict":"passed","n":5}' })
  leave("soak-2", { name: "soak", pid, startedAt: "another" })
  leave("overload-3", { name: "overload", pid, startedAt })
  leave("climb-4", {}, { "run.json": "{ half" })
  const { drills, runs } = await read<DrillsView>("/api/drills")
  assert.deepEqual(
    runs.map(({ id, state, end }) => [id, state, end?.verdict]),
    [
      ["overload-3", "running", undefined],
      ["soak-2", "lost", undefined],
      ["climb-1", "ended", "passed"],
    ],
  )
  assert.ok(drills.length >= 18)
  const killAny = drills.find(({ name }) => name === "kill-any")
  assert.match(String(killAny?.needs), /a network of its own/)
  assert.equal(killAny?.shortSeconds, 104)
})

test("the command line is asked for its drills once, however often somebody looks", async t => {
  const { desk } = await serve(t)
  const programs = () => process.getActiveResourcesInfo().filter(kind => kind === "ProcessWrap").length
  const before = programs()
  const views = [desk.view(), desk.view()]
  assert.equal(programs(), before + 1)
  const [first] = await Promise.all(views)
  await until(() => programs() === before)
  const { drills } = await desk.view()
  assert.equal(programs(), before)
  assert.deepEqual(drills, first?.drills)
})

test("one at a time; what runs is cancelled as by Ctrl-C, also at the service's end; each wish is in the audit", async t => {
  const { leave, post, read, desk, get } = await serve(t)
  const sleeper = spawn("sleep", ["600"])
  const { pid, startedAt } = identifyProcess(sleeper.pid!)!
  leave("overload-3", { name: "overload", pid, startedAt })
  const refusal = await post("/api/drills/start", { name: "climb" })
  assert.deepEqual([refusal.status, JSON.parse(refusal.text).error.code], [409, "BN3111"])
  assert.equal((await post("/api/drills/start", { name: "../../x" })).status, 400)
  assert.equal((await post("/api/drills/start", { name: "clim" })).status, 404)
  assert.equal((await post("/api/drills/overload-4/cancel", {})).status, 404)
  const ended = once(sleeper, "exit")
  assert.equal((await post("/api/drills/overload-3/cancel", {})).status, 202)
  assert.deepEqual(await ended, [null, "SIGINT"])
  assert.equal((await read<DrillsView>("/api/drills")).runs[0]?.state, "lost")

  const another = spawn("sleep", ["600"])
  leave("climb-5", identifyProcess(another.pid!)!)
  const gone = once(another, "exit")
  await desk.end()
  assert.deepEqual(await gone, [null, "SIGINT"])
  const { entries } = JSON.parse((await get("/api/audit")).text)
  assert.deepEqual(
    entries.map(({ what, outcome }: { what: string; outcome: string }) => [what, outcome]).toReversed(),
    [
      ["drill climb --short", "refused"],
      ["POST /api/drills/start", "refused"],
      ["drill clim --short", "refused"],
      ["cancel drill overload-4", "refused"],
      ["cancel drill overload-3", "accepted"],
    ],
  )
})

test("its output comes in whole lines from where one was; its report as it is, its page to be saved only", async t => {
  const { leave, read, get, ask, host } = await serve(t)
  const lines = `${"x".repeat(999)}\n`.repeat(100)
  leave(
    "climb-1",
    {},
    { "output.log": `${lines}half`, "report.json": '{"claim":"<script>"}\n', "report.html": "<b>" },
  )
  const first = await read<{ text: string; next: number }>("/api/drills/climb-1/output")
  assert.deepEqual([first.text.length, first.next], [65_000, 65_000])
  const rest = await read<{ text: string; next: number }>("/api/drills/climb-1/output?after=65000")
  assert.deepEqual([rest.text.length, rest.next], [35_000, 100_000])
  assert.equal((await read<{ text: string }>("/api/drills/climb-1/output?after=100000")).text, "")
  assert.equal((await read<{ text: string }>("/api/drills/climb-1/output?after=999999999")).text, "")
  assert.equal((await get("/api/drills/climb-1/report")).text, '{"claim":"<script>"}\n')
  const { headers } = await get("/api/drills/climb-1/page")
  assert.match(String(headers["content-security-policy"]), /^sandbox;/)
  assert.match(String(headers["content-disposition"]), /^attachment/)
  for (const id of ["climb-2", "..%2F..%2Fetc", "%2e%2e", "climb-1%00"])
    for (const what of ["output", "report", "page"])
      assert.equal((await get(`/api/drills/${id}/${what}`)).status, 404, id)
  for (const path of ["/api/drills", "/api/drills/climb-1/page"])
    assert.equal((await ask("GET", path, { host })).status, 401)
  const view = await read<{ runs: DrillRunView[] }>("/api/drills")
  assert.equal(view.runs.length, 1)
})
