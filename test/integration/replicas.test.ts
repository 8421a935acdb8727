import assert from "node:assert/strict"
import { existsSync } from "node:fs"
import { after, before, type TestContext, test } from "node:test"
import type { StateView } from "../../src/wire/admin.ts"
import { familyOf, headOf } from "../../src/wire/log-line.ts"
import { Ledger, ledgerProject } from "./ledger.ts"
import { pidOf } from "./pids.ts"
import { kill } from "./processes.ts"
import type { ScratchProject } from "./scratch-project.ts"

/** From one database to a primary with two replicas and back, while some write, some read, and whoever matters is killed. */
let project: ScratchProject

before(async () => {
  project = await ledgerProject({ stage: "balanced" })
  await project.succeed("up", "--detach")
})
after(() => project.remove())

const ids = ["postgres-1", "postgres-2", "postgres-3"]
/** Who takes writes by its files. */
const primary = () =>
  ids.find(
    id =>
      existsSync(project.at(`.banyan/data/${id}`)) &&
      !existsSync(project.at(`.banyan/data/${id}/standby.signal`)),
  ) as string

/** What would be counted as errors of the servers themselves; what a statement did wrong is its own affair. */
const fatalLines = () =>
  ids
    .flatMap(id => project.read(`.banyan/logs/${id}.log`).split("\n"))
    .filter(line => familyOf(headOf(line).level) === "error" && !line.includes("ERROR: "))

/** Kills it, and whoever else, and waits until all is as it should be, with another primary. */
async function without(
  t: TestContext,
  ledger: Ledger,
  others: (state: StateView) => number[],
): Promise<void> {
  const former = primary()
  const state = await project.settled()
  const startedMs = performance.now()
  await Promise.all([pidOf(state, former), ...others(state)].map(kill))
  await ledger.more(20)
  t.diagnostic(`${former} killed: 20 more rows after ${Math.round(performance.now() - startedMs)} ms`)
  const later = await project.stateWhere(
    "a whole service with another primary",
    now =>
      now.settled && primary() !== former && now.instances.filter(({ id }) => ids.includes(id)).length === 3,
  )
  assert.equal(later.stage, "replicated")
}

test("grown under load, its primary killed, switched over, killed with the supervisor, shrunk: nothing acknowledged is lost, no read fails", async t => {
  const ledger = new Ledger(project, 3, 2)
  t.after(() => ledger.end())
  await ledger.more(50)
  await project.succeed("grow", "--yes")
  assert.equal((await project.settled()).stage, "replicated")
  await ledger.more(50)
  await project.succeed("switchover", "--yes")
  await project.settled()
  await ledger.more(50)
  assert.deepEqual(ledger.failedWrites, [])
  assert.deepEqual(fatalLines(), [], "nothing was wrong so far")

  await without(t, ledger, () => [])
  const unknown = ledger.failedWrites.length

  const former = primary()
  await project.succeed("switchover", "--yes")
  assert.notEqual(primary(), former)
  await project.settled()
  await ledger.more(50)
  assert.deepEqual(ledger.failedWrites.slice(unknown), [])

  await without(t, ledger, ({ supervisor }) => [supervisor.pid])
  const before = ledger.failedWrites.length

  await project.succeed("shrink", "--yes")
  const single = await project.settled()
  assert.deepEqual(
    [single.stage, single.instances.filter(({ id }) => ids.includes(id)).length],
    ["balanced", 1],
  )
  await ledger.more(50)
  await ledger.end()
  assert.deepEqual(ledger.failedWrites.slice(before), [])
  assert.deepEqual(ledger.failedReads, [])
  t.diagnostic(`${ledger.acknowledged.length} rows acknowledged, ${before} unknown`)
  assert.ok(before <= 6, `one for each writer and kill at most: ${ledger.failedWrites.join("; ")}`)
  assert.deepEqual(await ledger.lost(), [])
})
