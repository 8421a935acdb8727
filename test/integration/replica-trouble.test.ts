import assert from "node:assert/strict"
import { execFileSync } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { after, before, type TestContext, test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { freezeFault } from "../../src/lab/faults/freeze.ts"
import { fullDiskFault, SmallDisk } from "../../src/lab/faults/full-disk.ts"
import { asSuperuser } from "../../src/tiers/data/testing/data-for-tests.ts"
import type { StateView } from "../../src/wire/admin.ts"
import { Ledger, ledgerProject } from "./ledger.ts"
import type { ScratchProject } from "./scratch-project.ts"
import { until } from "./until.ts"

/**
 * What may befall one replica of a whole service, while some write and some read: nobody of them notices, it is told, and
 * it comes back by itself. One service for all of it.
 */
const [primary, second, third] = ["postgres-1", "postgres-2", "postgres-3"] as const
let project: ScratchProject

before(async () => {
  project = await ledgerProject({ stage: "replicated", hungAfterMs: 5_000 })
  await project.succeed("up", "--detach")
  const { databases } = await project.settled()
  assert.equal(databases?.primary, primary)
  // A gigabyte by default, which would take its time to be written.
  await ask(primary, "alter system set max_slot_wal_keep_size = '32MB'")
  await ask(primary, "alter system set wal_keep_size = 0")
  await ask(primary, "select pg_reload_conf()")
})
after(() => project.remove())

/** Past everything, as the superuser. */
async function ask(id: string, statement: string): Promise<Record<string, unknown> | undefined> {
  const { superuser } = JSON.parse(project.read(`.banyan/data/${primary}.secret`))
  const address = { path: project.at(`.banyan/data/${id}/.s.PGSQL.5432`) }
  return (await asSuperuser({ address, superuser: { ...superuser, database: "postgres" } }, statement))[0]
}

const writeMegabytes = (count: number) =>
  ask(primary, `select pg_logical_emit_message(false, 'test', repeat('x', ${count} * 1000 * 1000))`)
const found = (state: StateView, id: string) => state.instances.find(each => each.id === id)
const rebuilt = (id: string) =>
  project.stateWhere(
    `${id} to be built anew`,
    ({ settled, databases }) => settled && databases?.rebuilt?.id === id && databases.quorum.following === 2,
  )

/** It has replayed what there is now; it may have to be started for that. */
async function hasAll(id: string): Promise<void> {
  const at = (await ask(primary, "select pg_current_wal_lsn()::text as at"))?.["at"]
  const query = `select pg_last_wal_replay_lsn() >= '${at}' as has`
  await until(`${id} to have all`, async () => (await ask(id, query).catch(() => undefined))?.["has"])
}

async function unnoticed(t: TestContext, what: (ledger: Ledger) => Promise<void>): Promise<void> {
  const ledger = new Ledger(project, 2, 2, t.name.slice(0, 20).replaceAll(" ", "-"))
  t.after(() => ledger.end())
  await ledger.more(20)
  await what(ledger)
  await ledger.more(20)
  await ledger.end()
  assert.deepEqual([...ledger.failedWrites, ...ledger.failedReads, ...(await ledger.lost())], [])
}

test("a replica stands still until its slot has lost the log: the disk is not held, it is built anew, and that is told", t =>
  unnoticed(t, async () => {
    const pid = found(await project.settled(), third)?.pid ?? 0
    const frozen = freezeFault({ subject: third, pid, scope: "tree", by: "signal" })
    t.after(() => frozen.heal())
    await frozen.strike()
    const slot = "select wal_status as status from pg_replication_slots where slot_name = 'postgres_3'"
    await until("its slot to be lost", async () => {
      await writeMegabytes(20)
      await ask(primary, "checkpoint")
      return (await ask(primary, slot))?.["status"] === "lost"
    })
    await frozen.heal()
    const { databases } = await rebuilt(third)
    assert.match(databases?.rebuilt?.reason ?? "", /WAL segment .* removed/)
    assert.match(await project.succeed("status"), /postgres-3 was built anew .* ago: .*WAL segment/)
  }))

test("a replica that replays nothing any more: told, not read from, and built anew once it lacks more than is kept", t =>
  unnoticed(t, async ledger => {
    await ask(second, "select pg_wal_replay_pause()")
    const { instances } = await project.stateWhere(
      "a warning",
      state => found(state, second)?.warning !== undefined,
    )
    const { warning = "", state } = instances.find(({ id }) => id === second) ?? {}
    assert.match(warning, /postgres-2 does not catch up: it lacks \d+ MB of log, for \d+ s now/)
    assert.equal(state, "ready")
    // Clients without a session: whatever they were shown before, they are not shown the past here.
    const { row } = ledger.acknowledged.at(-1)!
    await hasAll(third)
    const missed = await Promise.all(
      Array.from(
        { length: 60 },
        async () => ((await (await project.get(`/?row=${row}`)).json()) as unknown[]).length,
      ),
    )
    assert.deepEqual(
      missed.filter(count => count !== 1),
      [],
    )

    await writeMegabytes(40)
    const { databases } = await rebuilt(second)
    assert.match(databases?.rebuilt?.reason ?? "", /lacked more of the log/)
    assert.deepEqual(
      (await project.state()).instances.filter(each => each.warning !== undefined),
      [],
    )
  }))

/** Every file with its size and the time of its last change. */
function filesOf(id: string): string {
  const place = project.at(`.banyan/data/${id}`)
  return execFileSync("find", [place, "-printf", "%P %s %T@ %i\n"], { encoding: "utf8" })
}

test("data of another major version or cluster at the start: refused in a sentence that names it, and not touched", async t => {
  await ask(primary, "alter system reset max_slot_wal_keep_size")
  await project.succeed("down", "--yes")
  const spoil = async (id: string, file: string, change: (text: string) => string, words: RegExp) => {
    const path = project.at(join(".banyan/data", id, file))
    const text = readFileSync(path, "utf8")
    const back = () => writeFileSync(path, text)
    t.after(back)
    writeFileSync(path, change(text))
    const files = filesOf(id)
    const { code, stderr } = await project.banyan("up", "--detach")
    assert.equal(code, 1, stderr)
    assert.match(stderr, words)
    assert.equal(filesOf(id), files)
    back()
  }
  await spoil(primary, "PG_VERSION", () => "17\n", /postgres-1 was made by Postgres 17; this is Postgres 18/)
  const other = (text: string) => text.replace(/("cluster":")[0-9a-f]{8}/, "$111111111")
  await spoil(second, "banyan.json", other, /postgres-2 holds data of another cluster than postgres-1's/)
})

const disk = SmallDisk.mount({ parent: tmpdir(), sizeMb: 256 })
const skip = disk instanceof SmallDisk ? false : `${disk.why}; ${disk.remedy}`
after(() => void (disk instanceof SmallDisk && disk.unmount()))

test("the disk of one replica is full: it is told and left out, writes go on, and with space again it comes back as it is", {
  skip,
}, async t => {
  if (!(disk instanceof SmallDisk)) return
  const place = project.at(`.banyan/data/${third}`)
  execFileSync("sh", ["-c", 'cp -a "$1"/. "$2" && rm -r "$1"/*', "sh", place, disk.folder])
  execFileSync("mount", ["--bind", disk.folder, place])
  t.after(async () => {
    await project.banyan("down", "--now", "--yes")
    execFileSync("umount", [place])
  })
  await project.succeed("up", "--detach")
  await project.settled()
  await unnoticed(t, async ledger => {
    const full = fullDiskFault(disk, third)
    t.after(() => full.heal())
    await full.strike()
    // More than it has files for already, which need no room.
    await writeMegabytes(120)
    const isTold = ({ lastPlan, plan }: StateView) =>
      /postgres-3.*(ENOSPC|No space left)/i.test(JSON.stringify([plan, lastPlan]))
    await project.stateWhere("the reason to be told", isTold)
    // Its server ends for want of room, or goes on in the files of the log that it has and is late: nobody reads the past.
    await until("to be out, or late", async () => {
      const { state, warning } = found(await project.state(), third) ?? {}
      if (state !== "ready" || warning !== undefined) return true
      // A restartpoint frees files of its log for what comes next: if nothing came, it would have everything after all.
      await writeMegabytes(4)
      await sleep(1000)
      return false
    })
    await ledger.more(100)
    await full.heal()
    const startedMs = performance.now()
    await hasAll(third)
    t.diagnostic(`with space again it has everything after ${Math.round(performance.now() - startedMs)} ms`)
    const isWhole = (state: StateView) => state.settled && found(state, third)?.warning === undefined
    const back = await project.stateWhere("all to be well", isWhole)
    assert.equal(back.databases?.quorum.following, 2)
    assert.equal(back.databases?.rebuilt, undefined)
  })
})
