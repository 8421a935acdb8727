import assert from "node:assert/strict"
import { test } from "node:test"
import type { StateView } from "../../src/wire/admin.ts"
import { programOf, programProject } from "./program-project.ts"
import { beginLoad, get, post } from "./steady-load.ts"

/** A program that uses more memory than `web.memoryLimitMb`. */
const skip = process.platform !== "linux" && "only Linux tells how much memory a process holds"
const command = programOf("leaking-server.mjs")
const pidsOf = ({ instances }: StateView) =>
  instances.flatMap(({ tier, pid }) => (tier === "web" ? [pid] : []))

test("one that leaks: another takes its place first, and no request fails", { skip }, async t => {
  const web = { command, instances: 2, memoryLimitMb: 200, drainTimeoutMs: 2000 }
  const project = await programProject(t, { stage: "balanced", web })
  await project.succeed("up", "--detach")
  const load = beginLoad(project, [get, post])
  const hold = `http://127.0.0.1:${project.port}/hold?mebibytes=200`
  // Never sent to a second one, however long the first one takes.
  const leaking = Number(await (await fetch(hold, { method: "POST" })).text())
  const after = await project.stateWhere(
    "the one that leaks replaced",
    state => state.settled && !pidsOf(state).includes(leaking),
  )
  const report = await load.end()
  assert.deepEqual(report.samples, [], `seed ${report.seed}`)
  assert.equal(report.failed + report.abandoned, 0, `seed ${report.seed}`)
  assert.ok(report.ok > 100, `${report.ok} answers`)

  assert.equal(pidsOf(after).length, 2)
  assert.match(after.lastPlan!.trigger, /^web-[12] uses 2[0-9]{2} MB of 200$/)
  const steps = after.lastPlan!.phases.flat().map(({ kind, id }) => `${kind} ${id}`)
  const old = after.lastPlan!.trigger.slice(0, 5)
  assert.deepEqual(steps, ["start web-3", "route web-3", `drain ${old}`, `stop ${old}`])

  await t.test("what each one holds is shown", async () => {
    await project.stateWhere("web-3 to be measured", ({ instances }) =>
      instances.some(({ id, memoryMb }) => id === "web-3" && memoryMb !== undefined),
    )
    assert.match(await project.succeed("status"), /web-3 .* [0-9]+ of 200 MB/)
    const { url, token } = project.admin()
    const headers = { authorization: `Bearer ${token}` }
    const metrics = await (await fetch(`${url}/metrics`, { headers })).text()
    assert.match(metrics, /banyan_instance_memory_bytes\{instance="web-3"\} [1-9][0-9]{6,}/)
    assert.match(metrics, /banyan_instance_memory_limit_bytes\{instance="web-3"\} 209715200/)
  })

  await t.test("another number of instances is as it always was", async () => {
    await project.succeed("scale", "web=3", "--yes")
    assert.equal(pidsOf(await project.settled()).length, 3)
    await project.succeed("shrink", "--yes")
    assert.equal(pidsOf(await project.settled()).length, 1)
  })
})

test("a limit that is too small: tried once, then left alone for a while, and told", { skip }, async t => {
  const web = { command, env: { HELD_MEBIBYTES: "110" }, drainTimeoutMs: 500 }
  const project = await programProject(t, { web: { ...web, memoryLimitMb: 100 } })
  await project.succeed("up", "--detach")
  const load = beginLoad(project, [get])
  const told = await project.stateWhere("the warning", ({ settled, instances }) => {
    return settled && instances.some(({ warning }) => warning !== undefined)
  })
  const [pid] = pidsOf(told)
  const warning = /web-2 uses [0-9]+ MB of 100: its limit may be too small.* left alone until it is 1 min old/
  assert.match(await project.succeed("status"), warning)
  assert.match((await project.banyan("doctor")).stdout, warning)
  assert.deepEqual(pidsOf(await project.settled()), [pid])
  const report = await load.end()
  assert.deepEqual(report.samples, [], `seed ${report.seed}`)
})
