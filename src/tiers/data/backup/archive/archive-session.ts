import type pg from "pg"
import { isBanyanError, messageOf } from "../../../../kit/errors.ts"
import type { Address } from "../../../../wire/map.ts"
import type { DataCredentials } from "../../data.ts"
import { destroyConnection, openConnection } from "../../postgres/connection.ts"
import { type Lsn, parseLsn } from "../../postgres/replication/lsn.ts"
import { backupError } from "../backup-errors.ts"
import type { BackupTarget } from "../target/backup-target.ts"
import { writeArchiveState } from "./archive-state.ts"
import { claimTarget } from "./claim-target.ts"
import { StretchArchiver } from "./stretch-archiver.ts"
import {
  archivedEnds,
  historyName,
  historyObject,
  parseHistory,
  walObjects,
  walPrefix,
  wordsOfPosition,
} from "./wal-objects.ts"
import { type Position, whereToBegin } from "./where-to-begin.ts"

/** A server whose log is archived, for a role that may read it. */
export type ArchivedServer = {
  readonly id: string
  readonly address: Address
  readonly credentials: DataCredentials
}

export type SessionOptions = {
  readonly server: ArchivedServer
  readonly target: BackupTarget
  /** Begin at the server's present position, whatever is archived: there is a gap. */
  readonly anew: boolean
  readonly pieceEveryMs: number
  /** It streams: what is committed from now on will be archived. */
  readonly onStreaming: (position: Position) => void
  readonly signal: AbortSignal
}

/** Its slot on each server: the log waits for the archive, up to max_slot_wal_keep_size. */
export const archiveSlot = "banyan_archive"

/**
 * Archives one server's log from where the target's ends, through whatever timelines lie between. Never resolves; rejects
 * with BN2407, BN2409 (a gap), BN2401, BN2402, BN2404, with what the server says, or with the signal's reason.
 */
export async function archiveSession(options: SessionOptions): Promise<never> {
  const { server, target, signal } = options
  const client = await openReplication(server)
  const abort = () => destroyConnection(client)
  signal.addEventListener("abort", abort, { once: true })
  try {
    const found = await identify(client)
    await claimTarget(target, found)
    const segmentBytes = found.segmentBytes
    await takeOver(server)
    await makeSlot(client, options.anew)
    const stored = walObjects(await target.list(walPrefix), segmentBytes)
    const history = await archiveHistories(client, target, found.timeline, stored.histories)
    const archived = options.anew ? [] : archivedEnds(stored)
    const begin = whereToBegin(archived, found, parseHistory(history), segmentBytes)
    if (begin.kind === "foreign") {
      const reason = `the archive ends at ${wordsOfPosition(archived.at(-1)!)}, which is not in its past; it is at ${wordsOfPosition(found)}`
      throw backupError("BN2410", { server: server.id, reason })
    }
    options.onStreaming(found)
    for (const stretch of begin.stretches) {
      const onArchived = async (lsn: Lsn, atMs: number, isLast: boolean) => {
        await writeArchiveState(target, { timeline: stretch.timeline, lsn, atMs, segmentBytes }, isLast)
      }
      const objects = options.anew ? { parts: [], histories: [] } : stored
      await new StretchArchiver({
        ...options,
        client,
        slot: archiveSlot,
        stretch,
        segmentBytes,
        objects,
        onArchived,
      }).run()
    }
    throw backupError("BN2410", { server: server.id, reason: "another server is the primary now" })
  } catch (error) {
    signal.throwIfAborted()
    throw explain(error, server)
  } finally {
    signal.removeEventListener("abort", abort)
    destroyConnection(client)
  }
}

export function openReplication({ address, credentials }: ArchivedServer): Promise<pg.Client> {
  return openConnection(address, credentials, "banyan-archive", { replication: "true" })
}

export type Identified = Position & {
  readonly system: string
  readonly major: string
  readonly segmentBytes: number
}

/** IDENTIFY_SYSTEM, and what else of a server decides what its log fits to. */
export async function identify(client: pg.Client): Promise<Identified> {
  const { rows } = await client.query("IDENTIFY_SYSTEM")
  const shown = async (name: string): Promise<string> => {
    const answer = await client.query(`SHOW ${name}`)
    return answer.rows[0][name]
  }
  const [, count, unit] = /^([0-9]+)(MB|GB)$/.exec(await shown("wal_segment_size")) ?? []
  return {
    system: rows[0].systemid,
    timeline: Number(rows[0].timeline),
    lsn: parseLsn(rows[0].xlogpos),
    major: (await shown("server_version")).split(/[^0-9]/)[0] ?? "",
    segmentBytes: Number(count) * 1024 * 1024 * (unit === "GB" ? 1024 : 1),
  }
}

/** The archive of a supervisor that died goes on until the next one comes: two would undo each other's work. */
async function takeOver({ address, credentials }: ArchivedServer): Promise<void> {
  const client = await openConnection(address, credentials, "banyan-archive")
  try {
    const active =
      "select active_pid from pg_replication_slots where slot_name = $1 and active_pid is not null"
    await client.query(`select pg_terminate_backend(active_pid, 2000) from (${active}) as present`, [
      archiveSlot,
    ])
  } finally {
    destroyConnection(client)
  }
}

async function makeSlot(client: pg.Client, anew: boolean): Promise<void> {
  const read = await client.query(`READ_REPLICATION_SLOT "${archiveSlot}"`)
  const exists = read.rows[0]?.slot_type === "physical"
  if (exists && anew) await client.query(`DROP_REPLICATION_SLOT "${archiveSlot}" WAIT`)
  if (!exists || anew) await client.query(`CREATE_REPLICATION_SLOT "${archiveSlot}" PHYSICAL RESERVE_WAL`)
}

/** Gives the text of the server's own; timeline 1 has none. Older ones it may not have any more. */
async function archiveHistories(
  client: pg.Client,
  target: BackupTarget,
  timeline: number,
  known: readonly number[],
): Promise<string> {
  let own = ""
  for (let each = 2; each <= timeline; each++) {
    if (known.includes(each) && each !== timeline) continue
    const text = await historyOf(client, each).catch(error => {
      if (each === timeline || (error as { code?: string }).code !== "58P01") throw error
      return undefined
    })
    if (text === undefined) continue
    if (!known.includes(each)) await target.put(historyObject(each), Buffer.from(text))
    if (each === timeline) own = text
  }
  return own
}

async function historyOf(client: pg.Client, timeline: number): Promise<string> {
  const { rows } = await client.query(`TIMELINE_HISTORY ${timeline}`)
  const { content } = rows[0] as { content: string | Buffer }
  if (content === undefined) throw new Error(`${historyName(timeline)} is empty`)
  return content.toString()
}

/** Codes of Postgres: undefined_file is a log that was removed, object_not_in_prerequisite_state a slot that lost it. */
function explain(error: unknown, server: ArchivedServer): unknown {
  if (isBanyanError(error)) return error
  const { code, message = "" } = error as { code?: string; message?: string }
  const isGone = code === "58P01" || /can no longer (access|get changes)|has been invalidated/.test(message)
  if (isGone) return backupError("BN2409", { from: message, server: server.id }, error)
  return backupError("BN2410", { server: server.id, reason: messageOf(error) }, error)
}
