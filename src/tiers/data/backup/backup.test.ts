import assert from "node:assert/strict"
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { test } from "node:test"
import { openConnection } from "../postgres/connection.ts"
import { type Lsn, parseLsn } from "../postgres/replication/lsn.ts"
import type { TemporaryPostgres } from "../postgres/server/temporary-postgres.ts"
import { eventually } from "../testing/data-for-tests.ts"
import { archivedEnds, walObjects } from "./archive/wal-objects.ts"
import { listBackups } from "./base/base-backups.ts"
import { parseMoment } from "./restore/moment.ts"
import { prepareRestore } from "./restore/restore.ts"
import { swapIn } from "./restore/swap-in.ts"
import type { BackupTarget } from "./target/backup-target.ts"
import { archivedServer, archiveFor, insertNumbers, postgresWithTarget } from "./testing/archived-postgres.ts"

const { signal } = new AbortController()
const segmentBytes = 4 * 1024 * 1024

/** Everything the server has flushed is in the target. */
async function archivedAll(postgres: TemporaryPostgres, target: BackupTarget): Promise<Lsn> {
  const client = await openConnection(postgres.address, postgres.superuser, "test")
  const { rows } = await client.query("select pg_current_wal_flush_lsn()::text as lsn")
  await client.end()
  const wanted = parseLsn(rows[0].lsn)
  await eventually("the log in the target", async () => {
    const end = archivedEnds(walObjects(await target.list("wal/"), segmentBytes)).at(-1)
    return end !== undefined && end.lsn >= wanted
  })
  return wanted
}

const logIn = (folder: string) => join(folder, "restore.log")

async function restore(postgres: TemporaryPostgres, target: BackupTarget, to: string, timeline?: number) {
  const { folder, dataFolder } = postgres
  const moment = parseMoment(to, Date.now())
  const options = serverOptions(folder)
  return prepareRestore({ target, moment, timeline, server: options, present: [dataFolder], signal })
}

function serverOptions(folder: string) {
  return {
    id: "postgres-1",
    dataRoot: folder,
    cacheFolder: ".banyan/cache",
    sharedHome: join(folder, "shared"),
    forcedRunAs: process.env["BANYAN_POSTGRES_AS"],
    durable: false,
    logFile: logIn(folder),
  }
}

async function numbersOf(postgres: TemporaryPostgres): Promise<number[]> {
  const client = await openConnection(postgres.address, postgres.credentials, "test")
  const { rows } = await client.query("select n from numbers order by n")
  await client.end()
  return rows.map(({ n }) => n)
}

/** Gives what makes it good again. */
function flipByte(file: string): () => void {
  const bytes = readFileSync(file)
  const changed = Buffer.from(bytes)
  changed[changed.length >> 1]! ^= 1
  writeFileSync(file, changed)
  return () => writeFileSync(file, bytes)
}

const upTo = (n: number) => Array.from({ length: n }, (_, nth) => nth + 1)

test("the log and a backup are archived; latest, a moment and a backup are restored from them", async t => {
  const { postgres, target, folder } = await postgresWithTarget(t)
  const { stop, events } = archiveFor(t, { target, primary: async () => archivedServer(postgres) })
  await insertNumbers(postgres, 1, 20)
  await eventually("the first backup", async () => (await listBackups(target)).length > 0)
  const [first] = await listBackups(target)
  await insertNumbers(postgres, 21, 40)
  const client = await openConnection(postgres.address, postgres.superuser, "test")
  const { rows } = await client.query("select clock_timestamp() as now")
  await insertNumbers(postgres, 41, 60)
  // A file of the log ends, and another one begins.
  await client.query("select pg_switch_wal()")
  await insertNumbers(postgres, 61, 80)
  await client.end()
  await archivedAll(postgres, target)
  await postgres.killWholly()
  await stop()
  assert.deepEqual(
    events.filter(({ type }) => type === "backup-failed"),
    [],
  )

  // One flipped byte, in the copy and in the log: nothing is restored, nothing is left, nothing is lost.
  for (const damaged of [`base/${first!.name}/base.tar.zst`, (await target.list("wal/"))[0]!.name]) {
    const mend = flipByte(join(folder, damaged))
    await assert.rejects(restore(postgres, target, "latest"), {
      code: "BN2408",
      message: new RegExp(damaged),
    })
    mend()
  }
  const without = readdirSync(postgres.folder).filter(name => name.startsWith("restore-"))
  assert.deepEqual(without, [])

  const latest = await restore(postgres, target, "latest")
  assert.equal(latest.recovered.timeline, 2)
  const [aside] = swapIn(latest, "postgres-1", [postgres.dataFolder])
  assert.ok(existsSync(join(aside!, "PG_VERSION")))
  await postgres.start()
  assert.deepEqual(await numbersOf(postgres), upTo(80))
  await postgres.stop()

  const then = await restore(postgres, target, new Date(rows[0].now).toISOString(), 1)
  swapIn(then, "postgres-1", [postgres.dataFolder])
  await postgres.start()
  assert.deepEqual(await numbersOf(postgres), upTo(40))
  await postgres.stop()

  swapIn(await restore(postgres, target, first!.name), "postgres-1", [postgres.dataFolder])
  await postgres.start()
  const there = await numbersOf(postgres)
  assert.ok(there.length >= 20 && there.length <= 60, `${there.length} rows`)
})
