import { setTimeout as sleep } from "node:timers/promises"
import { isBanyanError, messageOf } from "../../../../kit/errors.ts"
import { type BaseBackup, listBackups } from "../base/base-backups.ts"
import { dropExpired } from "../base/retention.ts"
import { takeBackup } from "../base/take-backup.ts"
import type { BackupTarget } from "../target/backup-target.ts"
import { type ArchivedServer, archiveSession } from "./archive-session.ts"
import type { Position } from "./where-to-begin.ts"

export type ArchiveOptions = {
  readonly target: BackupTarget
  /** The primary at this moment, with the archive's slot on every server. Rejects when there is none. */
  readonly primary: (signal: AbortSignal) => Promise<ArchivedServer>
  readonly everyMs: number
  readonly keep: number
  readonly pieceEveryMs?: number
  readonly onEvent: (event: ArchiveEvent) => void
  readonly signal: AbortSignal
}

export type ArchiveEvent =
  | { readonly type: "streaming"; readonly server: string; readonly position: Position }
  | { readonly type: "interrupted"; readonly error: unknown; readonly retryMs: number }
  | { readonly type: "backup"; readonly backup: BaseBackup; readonly dropped: number }
  | { readonly type: "backup-failed"; readonly error: unknown; readonly retryMs: number }

const firstRetryMs = 500
const lastRetryMs = 30_000
const backupRetryMs = 60_000

/** Archives the log and takes base backups until the signal aborts. Resolves then; nothing makes it reject. */
export async function runArchive(options: ArchiveOptions): Promise<void> {
  const { signal } = options
  const keeper = new BackupKeeper(options)
  let retryMs = firstRetryMs
  let anew = false
  while (!signal.aborted) {
    try {
      const server = await options.primary(signal)
      await archiveSession({
        ...{ server, anew, signal, target: options.target },
        pieceEveryMs: options.pieceEveryMs ?? 1000,
        onStreaming: position => {
          options.onEvent({ type: "streaming", server: server.id, position })
          retryMs = firstRetryMs
          // Where there is a gap, what was before it ends there: only a new copy can be brought to the present.
          keeper.see(server, anew)
          anew = false
        },
      })
    } catch (error) {
      if (signal.aborted) break
      anew ||= isBanyanError(error) && error.code === "BN2409"
      options.onEvent({ type: "interrupted", error, retryMs })
      await sleep(retryMs, undefined, { signal }).catch(() => {})
      retryMs = Math.min(lastRetryMs, retryMs * 2)
    }
  }
  await keeper.end()
}

/** Takes a base backup when one is due, beside the log. */
class BackupKeeper {
  readonly #options: ArchiveOptions
  #server: ArchivedServer | undefined
  #isWanted = false
  #running: Promise<void> | undefined
  #wake = () => {}

  constructor(options: ArchiveOptions) {
    this.#options = options
  }

  see(server: ArchivedServer, isWanted: boolean): void {
    this.#server = server
    this.#isWanted ||= isWanted
    this.#running ??= this.#run()
    if (isWanted) this.#wake()
  }

  end(): Promise<void> {
    return this.#running ?? Promise.resolve()
  }

  async #run(): Promise<void> {
    const { signal, onEvent } = this.#options
    while (!signal.aborted) {
      const waitMs = await this.#takeWhenDue().catch(error => {
        if (!signal.aborted) onEvent({ type: "backup-failed", error, retryMs: backupRetryMs })
        return backupRetryMs
      })
      // An hour at most: a clock that was set, or a backup somebody else took, is seen then.
      const woken = new AbortController()
      this.#wake = () => woken.abort()
      const either = AbortSignal.any([signal, woken.signal])
      await sleep(this.#isWanted ? backupRetryMs : Math.min(waitMs, 3_600_000), undefined, {
        signal: either,
      }).catch(() => {})
    }
  }

  /** Gives when to look again. */
  async #takeWhenDue(): Promise<number> {
    const { target, everyMs, keep, signal, onEvent } = this.#options
    const newest = (await listBackups(target)).at(-1)
    const dueMs = newest === undefined ? 0 : newest.startedAtMs + everyMs - Date.now()
    if (dueMs > 0 && !this.#isWanted) return dueMs
    const backup = await takeBackup({ server: this.#server!, target, signal })
    this.#isWanted = false
    onEvent({ type: "backup", backup, dropped: await dropExpired(target, keep) })
    return everyMs
  }
}

export function wordsOf(error: unknown): string {
  return isBanyanError(error) ? `${error.code} ${error.message}` : messageOf(error)
}
