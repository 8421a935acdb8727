import { mkdirSync } from "node:fs"
import { join } from "node:path"
import type { TestContext } from "node:test"
import { openConnection } from "../../postgres/connection.ts"
import { type TemporaryPostgres, temporaryPostgres } from "../../postgres/server/temporary-postgres.ts"
import type { ArchivedServer } from "../archive/archive-session.ts"
import { type ArchiveEvent, runArchive } from "../archive/run-archive.ts"
import type { BackupTarget } from "../target/backup-target.ts"
import { FolderTarget } from "../target/folder/folder-target.ts"

/** Test support: a server, and a folder beside its own that its backups go to. */
export async function postgresWithTarget(t: Pick<TestContext, "after">) {
  const postgres = await temporaryPostgres(t)
  const folder = join(postgres.folder, "backups")
  mkdirSync(folder)
  return { postgres, folder, target: new FolderTarget(folder) }
}

export function archivedServer({ member }: Pick<TemporaryPostgres, "member">): ArchivedServer {
  const credentials = { ...member.replicator, database: "postgres" }
  return { id: member.id, address: member.address, credentials }
}

/** Archives a server's log until `stop`, which resolves once nothing is written any more; the test's end stops it too. */
export function archiveFor(
  t: Pick<TestContext, "after">,
  options: {
    readonly target: BackupTarget
    readonly primary: () => Promise<ArchivedServer>
    readonly keep?: number
    readonly everyMs?: number
  },
) {
  const over = new AbortController()
  const events: ArchiveEvent[] = []
  const running = runArchive({
    ...{ keep: 7, everyMs: 86_400_000, pieceEveryMs: 20 },
    ...options,
    onEvent: event => {
      events.push(event)
    },
    signal: over.signal,
  })
  const stop = async () => {
    over.abort()
    await running
  }
  t.after(stop)
  return { events, stop }
}

/** Rows `1` to `n` of a table of numbers, each a transaction. */
export async function insertNumbers(postgres: TemporaryPostgres, from: number, to: number): Promise<void> {
  const client = await openConnection(postgres.address, postgres.credentials, "test")
  await client.query("create table if not exists numbers (n int primary key)")
  for (let n = from; n <= to; n++) await client.query("insert into numbers values ($1)", [n])
  await client.end()
}
