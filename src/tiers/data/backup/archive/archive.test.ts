import assert from "node:assert/strict"
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs"
import { join } from "node:path"
import { test } from "node:test"
import { openConnection } from "../../postgres/connection.ts"
import { atServer } from "../../postgres/replication/member.ts"
import type { TemporaryPostgres } from "../../postgres/server/temporary-postgres.ts"
import { eventually } from "../../testing/data-for-tests.ts"
import { LedgerWriters } from "../../testing/ledger-writers.ts"
import { temporaryFleet } from "../../testing/temporary-fleet.ts"
import { listBackups } from "../base/base-backups.ts"
import { prepareRestore, type RestoreOptions } from "../restore/restore.ts"
import { swapIn } from "../restore/swap-in.ts"
import type { BackupTarget } from "../target/backup-target.ts"
import { FolderTarget } from "../target/folder/folder-target.ts"
import {
  archivedServer,
  archiveFor,
  insertNumbers,
  postgresWithTarget,
} from "../testing/archived-postgres.ts"
import { archiveSlot } from "./archive-session.ts"
import { readArchiveState } from "./archive-state.ts"

const { signal } = new AbortController()
const latest = { kind: "latest" } as const

function serverIn(folder: string, secretFile: string): RestoreOptions["server"] {
  const sharedHome = join(folder, "shared")
  const forcedRunAs = process.env["BANYAN_POSTGRES_AS"]
  const rest = { sharedHome, forcedRunAs, secretFile, durable: false, logFile: join(folder, "restore.log") }
  return { id: "postgres-1", dataRoot: folder, cacheFolder: ".banyan/cache", ...rest }
}

const oneBackup = (target: BackupTarget) =>
  eventually("a backup", async () => (await listBackups(target)).length > 0 && listBackups(target))

test("killed while it is written to, and all its data removed: what was archived is there, and nothing that was never sent", async t => {
  const { postgres, target } = await postgresWithTarget(t)
  const { stop } = archiveFor(t, { target, primary: async () => archivedServer(postgres) })
  const place = { address: postgres.address, credentials: postgres.credentials }
  const writers = await LedgerWriters.start(place)
  await oneBackup(target)
  await writers.firstAfter(performance.now() + 500)
  await postgres.killWholly()
  rmSync(postgres.dataFolder, { recursive: true })
  await writers.end()
  await stop()
  const coveredMs = (await readArchiveState(target))!.atMs - performance.timeOrigin

  const server = serverIn(postgres.folder, "postgres-1.secret")
  const restored = await prepareRestore({
    target,
    moment: latest,
    server,
    present: [postgres.dataFolder],
    signal,
  })
  assert.deepEqual(swapIn(restored, "postgres-1", [postgres.dataFolder]), [])
  await postgres.start()
  const lost = await writers.lost(place)
  assert.deepEqual(
    lost.filter(({ atMs }) => atMs < coveredMs),
    [],
  )
  const client = await openConnection(place.address, place.credentials, "test")
  const { rows } = await client.query(
    "select writer, max(nth)::int as last, count(*)::int as n from ledger group by 1",
  )
  await client.end()
  assert.equal(rows.length, 4)
  const total = rows.reduce((sum, { n }) => sum + n, 0)
  // One statement of each writer may have been under way.
  assert.ok(
    total <= writers.acknowledged.length + 4,
    `${total} rows of ${writers.acknowledged.length} acknowledged`,
  )
  t.diagnostic(`${writers.acknowledged.length} acknowledged, ${lost.length} lost after the archive's end`)
})

test("a target that is away: the log waits, and is sent when it is back; once it waited too long a new backup is taken", async t => {
  const { postgres, target, folder } = await postgresWithTarget(t)
  const { events } = archiveFor(t, { target, primary: async () => archivedServer(postgres) })
  await oneBackup(target)
  renameSync(folder, `${folder}-away`)
  await insertNumbers(postgres, 1, 10)
  const interrupted = () => events.filter(({ type }) => type === "interrupted").length
  await eventually("an interruption", async () => interrupted() > 0)
  const streamedBefore = events.filter(({ type }) => type === "streaming").length
  renameSync(`${folder}-away`, folder)
  await eventually(
    "the archive goes on",
    async () => events.filter(({ type }) => type === "streaming").length > streamedBefore,
  )
  assert.equal((await listBackups(target)).length, 1)

  // Away again, until the server keeps its log no longer.
  renameSync(folder, `${folder}-away`)
  await atServer(postgres.member, signal, async client => {
    await client.query("alter system set max_slot_wal_keep_size = '1MB'")
    await client.query("alter system set wal_keep_size = 0")
    await client.query("select pg_reload_conf()")
  })
  await loseLog(postgres)
  renameSync(`${folder}-away`, folder)
  await eventually("a backup beyond the gap", async () => (await listBackups(target)).length === 2)
  const codes = events.map(event =>
    event.type === "interrupted" ? (event.error as { code: string }).code : "",
  )
  assert.ok(codes.includes("BN2409"), codes.join(" "))
})

/** Files of the log go by until the slot has lost its own. */
async function loseLog(postgres: TemporaryPostgres): Promise<void> {
  await atServer(postgres.member, signal, client =>
    eventually("a lost log", async () => {
      await client.query("create table if not exists filler (n int)")
      await client.query("insert into filler values (1)")
      await client.query("select pg_switch_wal()")
      await client.query("checkpoint")
      const { rows } = await client.query(
        "select wal_status from pg_replication_slots where slot_name = $1",
        [archiveSlot],
      )
      return rows[0]?.wal_status === "lost"
    }),
  )
}

test("through a promotion: the archive follows the new timeline, and both sides of it are restored", async t => {
  const fleet = await temporaryFleet(t, { replicas: 1 })
  const replica = fleet.at("postgres-2")
  const folder = join(fleet.folder, "backups")
  mkdirSync(folder)
  const target = new FolderTarget(folder)
  let primary = fleet.primary
  const { stop } = archiveFor(t, { target, primary: async () => archivedServer(primary) })
  await insertNumbers(primary, 1, 20)
  await oneBackup(target)
  await allReplayed(primary, replica)
  await fleet.primary.killWholly()
  await atServer(replica.member, signal, client => client.query("select pg_promote(true, 60)"))
  primary = replica
  await insertNumbers(replica, 21, 40)
  await archivedTo(2, target)
  await stop()
  await replica.killWholly()

  const present = [fleet.primary.dataFolder, replica.dataFolder]
  const server = serverIn(fleet.folder, "fleet.secret")
  const restored = await prepareRestore({ target, moment: latest, server, present, signal })
  assert.equal(restored.recovered.timeline, 3)
  const aside = swapIn(restored, "postgres-1", present)
  assert.equal(aside.filter(each => existsSync(each)).length, 2)
  await fleet.primary.start()
  const client = await openConnection(fleet.primary.address, fleet.primary.credentials, "test")
  const { rows } = await client.query("select count(*)::int as n from numbers")
  await client.end()
  assert.equal(rows[0].n, 40)
})

async function allReplayed(primary: TemporaryPostgres, replica: TemporaryPostgres): Promise<void> {
  const [{ lsn }] = await rowsOf<{ lsn: string }>(primary, "select pg_current_wal_flush_lsn()::text as lsn")
  await eventually("the replica has it", async () => {
    const [found] = await rowsOf<{ there: boolean }>(
      replica,
      `select pg_last_wal_replay_lsn() >= '${lsn}' as there`,
    )
    return found.there
  })
}

async function archivedTo(timeline: number, target: BackupTarget): Promise<void> {
  const nowMs = Date.now()
  await eventually("the archive reaches this moment", async () => {
    const state = await readArchiveState(target)
    return state !== undefined && state.timeline === timeline && state.atMs > nowMs
  })
}

async function rowsOf<T>(postgres: TemporaryPostgres, text: string): Promise<[T, ...T[]]> {
  return atServer(postgres.member, signal, async client => (await client.query(text)).rows as [T, ...T[]])
}
