import { statSync } from "node:fs"
import { endOfFile } from "../../../../kit/node/end-of-file.ts"

const mostBytes = 65_536

/** What Postgres says when a standby can never follow this upstream, however long it tries. It speaks English (run-command.ts). */
const never = [
  /new timeline \d+ forked off current database system timeline .*/,
  /requested starting point \S+ on timeline \d+ is not in this server's history.*/,
  /highest timeline \d+ of the primary is behind recovery timeline \d+/,
  /requested WAL segment \S+ has already been removed/,
  /can no longer access replication slot .*/,
]

/** A server's log from now on. Without a file it is always silent. */
export class StandbyLog {
  readonly #file: string | undefined
  readonly #from: number

  constructor(file: string | undefined) {
    this.#file = file
    this.#from = sizeOf(file)
  }

  /** Why it can never follow, in Postgres's words, once it has said so. */
  get reasonItCannot(): string | undefined {
    const text = this.#text()
    return never.map(pattern => pattern.exec(text)?.[0]).find(found => found !== undefined)
  }

  /** The last thing that went wrong. */
  get lastComplaint(): string | undefined {
    const complaints = this.#text().match(/(?:FATAL|PANIC|ERROR): .*/g)
    return complaints
      ?.at(-1)
      ?.replace(/^\w+:\s*/, "")
      .slice(0, 300)
  }

  #text(): string {
    const fresh = sizeOf(this.#file) - this.#from
    if (this.#file === undefined || fresh <= 0) return ""
    return endOfFile(this.#file, Math.min(fresh, mostBytes))
  }
}

function sizeOf(file: string | undefined): number {
  return file === undefined ? 0 : (statSync(file, { throwIfNoEntry: false })?.size ?? 0)
}
