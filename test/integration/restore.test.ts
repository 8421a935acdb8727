import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { after, before, test } from "node:test"
import { fileURLToPath } from "node:url"
import { exitCodes } from "../../src/cli/exit-codes.ts"
import { Ledger, ledgerProject, type Written } from "./ledger.ts"
import { killAndAwait, processesBelow } from "./processes.ts"
import type { ScratchProject } from "./scratch-project.ts"
import { until } from "./until.ts"

/**
 * `banyan backup` and `banyan restore` as a user types them: a service that is written to all the time, everything it has
 * destroyed, and brought back from its archive. The tests follow one another. Costs about 40 s.
 */
let project: ScratchProject
let ledger: Ledger
/** Rows are written on both sides of it, and what was acknowledged by then is archived. */
let momentMs: number
/** So far the archive said it reached when everything was killed. */
let coveredMs: number

/** Where databases lie here. */
let dataRoot: string

const target = "backups"
const dyingSwap = fileURLToPath(new URL("../../src/tiers/data/backup/testing/dying-swap.ts", import.meta.url))

before(async () => {
  project = await ledgerProject({ stage: "single", data: { backup: { target } } })
  mkdirSync(project.at(target))
  await project.succeed("up", "--detach")
  ledger = new Ledger(project, 2, 0, "first")
})
after(async () => {
  await ledger?.end()
  await project.remove()
})

type Taken = { name: string; endedAtMs: number }
type Listed = { backups: Taken[]; archivedToMs?: number }
type Restored = { restored: string; aside: string[]; timeline: number }

const timeOf = (atMs: number) => new Date(atMs).toISOString()
const listed = async () => JSON.parse(await project.succeed("backup", "list", "--json")) as Listed
/** What the archive wrote down of itself last. */
function archived(): { timeline: number; atMs: number } | undefined {
  const file = project.at(`${target}/archive.json`)
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined
}

/** A command that must fail, by this code and with something to do about it. */
async function refused(code: string, ...args: readonly string[]): Promise<void> {
  const ended = await project.banyan(...args)
  assert.ok(ended.code === exitCodes.failed || ended.code === exitCodes.usage, `it ended with ${ended.code}`)
  assert.match(ended.stderr, new RegExp(`^${code} .*\n {2}-> \\S`, "m"))
}

async function restore(...args: readonly string[]): Promise<Restored> {
  return JSON.parse(await project.succeed("restore", ...args, "--json"))
}

/** Every row there is, once it serves again. */
async function servedAgain(): Promise<ReadonlySet<string>> {
  await project.succeed("up", "--detach")
  await project.settled()
  return ledger.rows()
}

const rowsOf = (written: readonly Written[]) => written.map(({ row }) => row)

test("what cannot be restored is refused in words, and the service serves on", async () => {
  mkdirSync(project.at("empty"))
  await refused("BN2404", "restore", "--to", "latest", "--from", "nowhere", "--yes")
  await refused("BN2412", "restore", "--to", "latest", "--from", "empty", "--yes")
  await refused("BN2411", "restore", "--to", "yesterday", "--yes")
  await refused("BN2415", "restore", "--to", timeOf(Date.now() + 3_600_000), "--yes")
  await ledger.more(10)
  assert.deepEqual(ledger.failedWrites, [])
})

test("a backup is taken under writes; a time before it, and a damaged one, are refused and nothing is touched", async t => {
  const taken: Taken = JSON.parse(await project.succeed("backup", "--json"))
  await ledger.more(20)
  momentMs = Date.now()
  await ledger.more(20)
  const { backups } = await listed()
  assert.ok(backups.some(({ name }) => name === taken.name))
  const [first] = backups
  await refused("BN2413", "restore", "--to", timeOf(first!.endedAtMs - 1000), "--yes")
  const copy = project.at(`${target}/base/${taken.name}/base.tar.zst`)
  const whole = readFileSync(copy)
  writeFileSync(copy, flipped(whole))
  await refused("BN2408", "restore", "--to", taken.name, "--yes")
  writeFileSync(copy, whole)
  await until("an archive that reaches the moment", () => (archived()?.atMs ?? 0) > momentMs)
  await ledger.more(10)
  assert.deepEqual(ledger.failedWrites, [])
  assert.deepEqual(
    readdirSync(project.at(".banyan/data")).filter(name => name.startsWith("restore")),
    [],
  )
  t.diagnostic(`${ledger.acknowledged.length} rows acknowledged, ${backups.length} backups`)
})

function flipped(bytes: Buffer): Buffer {
  const changed = Buffer.from(bytes)
  changed[changed.length >> 1]! ^= 1
  return changed
}

test("everything is killed and every data folder destroyed: the moment comes back, to the row", async t => {
  await killAndAwait(() => processesBelow(project.folder).map(({ pid }) => pid))
  await ledger.end()
  coveredMs = archived()!.atMs
  rmSync(project.at(".banyan/data"), { recursive: true })
  const { restored, aside, timeline } = await restore("--to", timeOf(momentMs))
  assert.deepEqual([restored, aside, timeline], ["postgres-1", [], 2])
  const there = await servedAgain()
  const before = ledger.acknowledged.filter(({ acknowledgedAtMs }) => acknowledgedAtMs <= momentMs)
  const later = ledger.acknowledged.filter(({ sentAtMs }) => sentAtMs > momentMs)
  assert.ok(before.length >= 20 && later.length >= 20, `${before.length} before, ${later.length} after`)
  assert.deepEqual(
    rowsOf(before).filter(row => !there.has(row)),
    [],
  )
  assert.deepEqual(
    rowsOf(later).filter(row => there.has(row)),
    [],
  )
  t.diagnostic(`${there.size} rows there; ${before.length} before the moment, ${later.length} after it`)
})

test("it was the wrong moment: from under the running service to the end of the past that was left", async t => {
  const second = new Ledger(project, 1, 0, "second")
  t.after(() => second.end())
  await second.more(10)
  await until("the archive of the new timeline", () => archived()?.timeline === 2)
  const { aside, timeline } = await restore("--to", "latest", "--timeline", "1")
  await second.end()
  assert.equal(timeline, 3)
  assert.ok(aside.length === 1 && existsSync(`${aside[0]}/PG_VERSION`), `kept aside: ${aside}`)
  dataRoot = dirname(aside[0]!)
  assert.deepEqual(processesBelow(project.folder), [])
  const there = await servedAgain()
  assert.deepEqual(
    rowsOf(second.acknowledged).filter(row => there.has(row)),
    [],
  )
  const lost = ledger.acknowledged.filter(({ row }) => !there.has(row))
  // What had not been sent when everything was killed.
  const firstLostMs = Math.min(...lost.map(({ sentAtMs }) => sentAtMs))
  assert.ok(firstLostMs > coveredMs, `a row of ${coveredMs - firstLostMs} ms before the end of the archive`)
  t.diagnostic(`${there.size} rows there, ${lost.length} of the last ones lost`)
  // On a timeline that neither of the pasts has: from now on that is what is archived.
  await until("the archive of the newest timeline", () => archived()?.timeline === 3)
})

test("a restore that died when the former data had left: the next start has them back, not an empty database", async () => {
  const before = await ledger.rows()
  await project.succeed("down")
  const data = join(dataRoot, "postgres-1")
  const prepared = { folder: join(dataRoot, "restore-1") }
  cpSync(data, prepared.folder, { recursive: true })
  const words = { prepared, as: "postgres-1", present: [data], dieBefore: 2 }
  const { signal } = spawnSync(process.execPath, [dyingSwap, JSON.stringify(words)])
  assert.deepEqual([signal, existsSync(data)], ["SIGKILL", false])
  assert.deepEqual(await servedAgain(), before)
})
