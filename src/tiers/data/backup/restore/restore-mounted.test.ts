import assert from "node:assert/strict"
import { execFileSync } from "node:child_process"
import { existsSync, mkdirSync, rmSync } from "node:fs"
import { dirname, join } from "node:path"
import { test } from "node:test"
import { openConnection } from "../../postgres/connection.ts"
import { parseLsn } from "../../postgres/replication/lsn.ts"
import { apart } from "../../postgres/server/mounted-folder.ts"
import type { TemporaryPostgres } from "../../postgres/server/temporary-postgres.ts"
import { eventually } from "../../testing/data-for-tests.ts"
import { archivedEnds, walObjects } from "../archive/wal-objects.ts"
import { listBackups } from "../base/base-backups.ts"
import { takeBackup } from "../base/take-backup.ts"
import type { BackupTarget } from "../target/backup-target.ts"
import {
  archivedServer,
  archiveFor,
  insertNumbers,
  postgresWithTarget,
} from "../testing/archived-postgres.ts"
import { prepareRestore } from "./restore.ts"
import { swapIn } from "./swap-in.ts"

const asRoot = { skip: process.getuid?.() === 0 ? false : "only root may mount" }
const { signal } = new AbortController()
const segmentBytes = 4 * 1024 * 1024

async function rowsOf<T>({ address, superuser }: TemporaryPostgres, database: string, query: string) {
  const client = await openConnection(address, { ...superuser, database }, "test")
  const { rows } = await client.query(query)
  await client.end()
  return rows as T[]
}

async function archivedAll(postgres: TemporaryPostgres, target: BackupTarget): Promise<void> {
  await eventually("the first backup", async () => (await listBackups(target)).length > 0)
  const query = "select pg_current_wal_flush_lsn()::text as lsn"
  const [row] = await rowsOf<{ lsn: string }>(postgres, "postgres", query)
  await eventually("the log in the target", async () => {
    const end = archivedEnds(walObjects(await target.list("wal/"), segmentBytes)).at(-1)
    return end !== undefined && end.lsn >= parseLsn(row!.lsn)
  })
}

test(
  "into a data folder that is a mount point: with data, beside a server at work, into an empty one",
  asRoot,
  async t => {
    const { postgres, target } = await postgresWithTarget(t)
    const { dataFolder, folder } = postgres
    const { stop } = archiveFor(t, { target, primary: async () => archivedServer(postgres) })
    await insertNumbers(postgres, 1, 20)
    await archivedAll(postgres, target)
    await stop()
    await insertNumbers(postgres, 21, 40)
    const server = {
      ...{ id: "postgres-1", dataRoot: folder, cacheFolder: ".banyan/cache" },
      ...{ sharedHome: join(folder, "shared"), forcedRunAs: process.env["BANYAN_POSTGRES_AS"] },
      ...{ durable: false, logFile: join(folder, "restore.log") },
    }
    const prepare = (within = signal) => {
      const options = { target, moment: { kind: "latest" }, server, present: [dataFolder] } as const
      return prepareRestore({ ...options, signal: within })
    }
    const count = async () => {
      const query = "select count(*)::int as n from numbers"
      return (await rowsOf<{ n: number }>(postgres, "app", query))[0]!.n
    }

    await postgres.stop()
    execFileSync("mount", ["--bind", dataFolder, dataFolder])
    try {
      await postgres.start()
      await assert.rejects(prepare(AbortSignal.abort(new Error("enough"))), /enough/)
      assert.equal(existsSync(join(dataFolder, apart)), false)
      // A restore died there, with a pid that there is not.
      const dead = [folder, join(dataFolder, apart)].map(place => join(place, "restore-99999999"))
      for (const left of dead) mkdirSync(left, { recursive: true })
      const prepared = await prepare()
      assert.deepEqual(
        dead.filter(left => existsSync(left)),
        [],
      )
      assert.equal(dirname(prepared.folder), join(dataFolder, apart))
      assert.equal(await count(), 40, "it serves meanwhile")
      await postgres.stop()

      const [aside, ...others] = swapIn(prepared, "postgres-1", [dataFolder])
      assert.deepEqual([dirname(aside!), others], [join(dataFolder, apart), []])
      assert.ok(existsSync(join(aside!, "PG_VERSION")))
      await postgres.start()
      assert.equal(await count(), 20)

      const { bytes } = await takeBackup({ target, server: archivedServer(postgres), signal })
      const [first] = await listBackups(target)
      assert.ok(bytes < first!.bytes * 1.5, `what is kept is in the backup: ${bytes}, before ${first!.bytes}`)
      await postgres.stop()
    } finally {
      await postgres.killWholly()
      execFileSync("umount", [dataFolder])
    }

    rmSync(dataFolder, { recursive: true })
    mkdirSync(dataFolder)
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=256m", "none", dataFolder])
    try {
      assert.deepEqual(swapIn(await prepare(), "postgres-1", [dataFolder]), [])
      await postgres.start()
      assert.equal(await count(), 20)
      assert.equal(existsSync(join(dataFolder, apart)), false)
    } finally {
      await postgres.killWholly()
      execFileSync("umount", [dataFolder])
    }
  },
)
