import { z } from "zod"
import { formatLsn, type Lsn, parseLsn } from "../../postgres/replication/lsn.ts"
import type { BackupTarget } from "../target/backup-target.ts"
import { findObject } from "../target/read-object.ts"

/** How far the archive reaches, as it was written down last: a few seconds late at most while it works. */
export type ArchiveState = {
  readonly timeline: number
  readonly lsn: Lsn
  /** Everything committed until then is archived; epoch milliseconds of the server's clock. */
  readonly atMs: number
  readonly segmentBytes: number
}

const stateName = "archive.json"
/** Each is a request; what is between two is in the archive too, only nobody has written down the time. */
const writeEveryMs = 10_000

const schema = z.object({
  format: z.literal(1),
  timeline: z.int(),
  lsn: z.string(),
  atMs: z.number(),
  segmentBytes: z.int(),
})

const writtenMs = new WeakMap<BackupTarget, { atMs: number; timeline: number }>()

/** `atMs` 0: not known, the log goes on beyond `lsn`. */
export async function writeArchiveState(
  target: BackupTarget,
  state: ArchiveState,
  isLast: boolean,
): Promise<void> {
  if (state.atMs <= 0) return
  const last = writtenMs.get(target)
  if (!isLast && last?.timeline === state.timeline && state.atMs - last.atMs < writeEveryMs) return
  writtenMs.set(target, state)
  const { lsn, ...rest } = state
  const text = JSON.stringify({ format: 1, ...rest, lsn: formatLsn(lsn) })
  await target.put(stateName, Buffer.from(`${text}\n`))
}

/** Undefined where no log was archived yet, or nobody can tell any more. Rejects with BN2401. */
export async function readArchiveState(target: BackupTarget): Promise<ArchiveState | undefined> {
  const bytes = await findObject(target, stateName)
  if (bytes === undefined) return undefined
  try {
    const { format: _, lsn, ...rest } = schema.parse(JSON.parse(bytes.toString()))
    return { ...rest, lsn: parseLsn(lsn) }
  } catch {
    return undefined
  }
}
