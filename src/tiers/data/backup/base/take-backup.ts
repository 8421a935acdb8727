import { PassThrough } from "node:stream"
import { pipeline } from "node:stream/promises"
import { isBanyanError, messageOf } from "../../../../kit/errors.ts"
import { destroyConnection, nameOf } from "../../postgres/connection.ts"
import { BaseBackupQuery, baseBackupWords } from "../../postgres/replication/base-backup/base-backup-query.ts"
import {
  type BackupProgress,
  IncomingBackup,
} from "../../postgres/replication/base-backup/incoming-backup.ts"
import { replicationError } from "../../postgres/replication/replication-errors.ts"
import { type ArchivedServer, identify, openReplication } from "../archive/archive-session.ts"
import { claimTarget } from "../archive/claim-target.ts"
import { compressing } from "../compression.ts"
import type { BackupTarget } from "../target/backup-target.ts"
import { ArchiveDigest } from "./archive-digest.ts"
import { type BaseBackup, backupName, backupObjects, putDescription } from "./base-backups.ts"

export type TakeOptions = {
  readonly server: ArchivedServer
  readonly target: BackupTarget
  readonly maxRateKb?: number | undefined
  readonly signal: AbortSignal
  readonly onProgress?: (progress: BackupProgress) => void
}

/**
 * A base backup of a running server, straight into the target: nothing is written on this machine. It holds the log it
 * needs, and is held against the server's manifest before it counts. Rejects with BN2250 .. BN2256, BN2407, what the target
 * says, or the signal's reason; then what was sent is removed again, and is no backup in any case.
 */
export async function takeBackup(options: TakeOptions): Promise<BaseBackup> {
  const { server, target, signal } = options
  const startedAtMs = Date.now()
  const name = backupName(startedAtMs)
  const objects = backupObjects(name)
  try {
    return await sendBackup(options, name, startedAtMs)
  } catch (error) {
    await Promise.allSettled([objects.archive, objects.manifest].map(each => target.delete(each)))
    signal.throwIfAborted()
    if (isBanyanError(error)) throw error
    throw replicationError("BN2250", { from: nameOf(server.address), reason: messageOf(error) }, error)
  }
}

async function sendBackup(options: TakeOptions, name: string, startedAtMs: number): Promise<BaseBackup> {
  const { server, target, signal, maxRateKb, onProgress = () => {} } = options
  const objects = backupObjects(name)
  const client = await openReplication(server)
  const abort = () => destroyConnection(client)
  signal.addEventListener("abort", abort, { once: true })
  try {
    const found = await identify(client)
    await claimTarget(target, found)
    const sent = new PassThrough()
    const passing = new PassingArchive(sent, client as unknown as Plugged)
    const incoming = new IncomingBackup(passing, onProgress)
    const query = new BaseBackupQuery(baseBackupWords({ maxRateKb }), incoming)
    client.query(query)
    // A failure on either side ends the other: the server's breaks the stream off, the target's the connection.
    const received = query.done.then(
      () => void sent.end(),
      error => void sent.destroy(error instanceof Error ? error : new Error(messageOf(error))),
    )
    const compressor = compressing()
    const piped = pipeline(sent, compressor)
    piped.catch(() => {})
    const storedBytes = await target.put(objects.archive, compressor, signal)
    await piped
    await received
    const receipt = incoming.receipt()
    await target.put(objects.manifest, incoming.manifest)
    const { system, major, segmentBytes } = found
    const backup = {
      ...{ format: 1 as const, name, system, major, segmentBytes },
      ...receipt,
      ...{ startedAtMs, endedAtMs: Date.now(), storedBytes },
    }
    await putDescription(target, backup)
    return backup
  } finally {
    signal.removeEventListener("abort", abort)
    destroyConnection(client)
  }
}

/** A connection whose socket can be told to wait. */
type Plugged = { readonly connection: { readonly stream: { pause(): void; resume(): void } } }

/** Looks at what passes, and makes the server wait for a target that is slower. */
class PassingArchive extends ArchiveDigest {
  readonly #to: PassThrough
  readonly #socket: { pause(): void; resume(): void }

  constructor(to: PassThrough, client: Plugged) {
    super()
    this.#to = to
    this.#socket = client.connection.stream
    to.on("drain", () => this.#socket.resume())
    to.on("close", () => this.#socket.resume())
  }

  override write(bytes: Buffer): void {
    super.write(bytes)
    if (this.#to.destroyed) throw new Error("the target takes no more")
    if (!this.#to.write(bytes)) this.#socket.pause()
  }
}
