import { copyFile, rename, rm, stat, truncate } from "node:fs/promises"
import { messageOf } from "../../../kit/errors.ts"
import type { AgentLog } from "./agent-log.ts"

export type LogKeeperOptions = {
  /** Logs that are written now. Opened for appending, or an emptied one would begin with a hole. */
  readonly files: () => readonly string[]
  /** What a log may hold before it is begun anew; as much again lies beside it. Default 64 MiB. */
  readonly mostBytes?: number
  readonly log: AgentLog
}

/**
 * Keeps logs from filling the disk: one that is too long is copied to `<file>.1` and emptied in place (logrotate's
 * copytruncate), because a program that writes to its inherited stdout cannot be told of another file. A line that is
 * written between the two is lost.
 */
export class LogKeeper {
  readonly #options: LogKeeperOptions
  #looking: Promise<void> | undefined

  constructor(options: LogKeeperOptions) {
    this.#options = options
  }

  /** Looks at every log once; a look that is still under way is not repeated. */
  look(): Promise<void> {
    this.#looking ??= this.#lookAtAll().finally(() => {
      this.#looking = undefined
    })
    return this.#looking
  }

  async #lookAtAll(): Promise<void> {
    const { files, mostBytes = 64 * 1024 * 1024, log } = this.#options
    for (const file of new Set(files())) {
      const size = await stat(file).then(
        found => found.size,
        () => 0,
      )
      if (size <= mostBytes) continue
      await beginAnew(file).catch(error =>
        log.error({ file, reason: messageOf(error) }, "log not begun anew"),
      )
    }
  }
}

/** The former copy stays until the new one is whole. */
async function beginAnew(file: string): Promise<void> {
  const draft = `${file}.1.tmp`
  try {
    await copyFile(file, draft)
    await rename(draft, `${file}.1`)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
  await truncate(file)
}
