import { readFileSync } from "node:fs"
import type pg from "pg"
import { orAborted } from "../../../../kit/node/until.ts"
import { destroyConnection } from "../connection.ts"
import { readPidFile } from "../server/pid-file.ts"
import { type Member, openMember } from "./member.ts"
import { isRestartDue } from "./reload-settings.ts"
import { lookAtServer, type ServerLook } from "./server-look.ts"

export type Watched = {
  /** Absent: it does not answer, or says that it is not ready. */
  readonly look?: ServerLook
  /** How long it has not answered while it could have; what is starved of the processor is not silent. */
  readonly silentMs: number
}

const beatMs = 100
/** A server that is well is asked this seldom, in beats. */
const calmBeats = 5

/**
 * Looks at one server again and again: over one connection that is kept, with one question at a time, so that nothing
 * piles up behind a server that hangs. Asked often while something is wrong anywhere, seldom when all is well.
 *
 * Silence is counted in beats of one's own, as everywhere (kit/silence.ts), and only those in which the server could have
 * answered: one whose process waits for the processor is busy, and a machine with too much to do has no hung servers. A
 * postmaster that is stopped counts as silent even while its children answer: nobody new gets in.
 */
export class ServerWatch {
  readonly #member: Member
  readonly #onBeat: () => void
  readonly #timer: NodeJS.Timeout
  readonly #abort = new AbortController()
  #client: { readonly connection: pg.Client; readonly backend: number; restartDue: boolean } | undefined
  #asking = false
  #askedBeats = 0
  #sinceLook = calmBeats
  #silentBeats = 0
  #look: ServerLook | undefined
  #isCalm = false

  /** `onBeat`: something may have changed. */
  constructor(member: Member, onBeat: () => void) {
    this.#member = member
    this.#onBeat = onBeat
    this.#timer = setInterval(() => this.#beat(), beatMs)
    this.#beat()
  }

  get value(): Watched {
    const silentMs = this.#silentBeats * beatMs
    return { silentMs, ...(this.#look === undefined ? {} : { look: this.#look }) }
  }

  /** Whether the fleet is well, as far as whoever watches all of it knows. */
  set isCalm(calm: boolean) {
    this.#isCalm = calm
  }

  /** Whoever let it read its settings anew has asked. A start ends the connection, and is asked again. */
  set restartDue(due: boolean) {
    if (this.#client !== undefined) this.#client.restartDue = due
  }

  close(): void {
    clearInterval(this.#timer)
    this.#abort.abort()
    this.#drop()
  }

  #beat(): void {
    const stopped = isStopped(stateOf(this.#postmaster()))
    if (this.#asking) this.#askedBeats++
    // The beat in which it was asked does not count.
    const isDue = this.#askedBeats > 1 && !isRunnable(stateOf(this.#client?.backend ?? this.#postmaster()))
    if (stopped || isDue) this.#silentBeats++
    if (this.#silentBeats > 0) this.#onBeat()
    this.#sinceLook++
    if (!this.#asking && (!this.#isCalm || this.#sinceLook >= calmBeats)) void this.#ask()
  }

  #postmaster(): number | undefined {
    return readPidFile(this.#member.dataFolder)?.pid
  }

  async #ask(): Promise<void> {
    this.#asking = true
    this.#askedBeats = 0
    this.#sinceLook = 0
    try {
      this.#client ??= await this.#open()
      const look = await lookAtServer(this.#client.connection, this.#member.id)
      this.#look = this.#client.restartDue ? { ...look, restartDue: true } : look
    } catch {
      // It said no, or is gone: both are answers, and its parent knows which.
      this.#look = undefined
      this.#drop()
    }
    this.#asking = false
    this.#askedBeats = 0
    if (!isStopped(stateOf(this.#postmaster()))) this.#silentBeats = 0
    if (!this.#abort.signal.aborted) this.#onBeat()
  }

  async #open() {
    const { signal } = this.#abort
    const connection = await openMember(this.#member, signal)
    try {
      // As this machine counts them: a namespace may count otherwise, then its state is not found and it is no excuse.
      const pid = connection.query<{ pid: number }>("select pg_backend_pid() as pid")
      const backend = (await orAborted(pid, signal)).rows[0]?.pid ?? 0
      return { connection, backend, restartDue: await orAborted(isRestartDue(connection), signal) }
    } catch (error) {
      destroyConnection(connection)
      throw error
    }
  }

  #drop(): void {
    if (this.#client !== undefined) destroyConnection(this.#client.connection)
    this.#client = undefined
  }
}

/** The letter of proc(5); undefined where nothing tells. */
function stateOf(pid: number | undefined): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1")
    return stat[stat.lastIndexOf(")") + 2]
  } catch {
    return undefined
  }
}

function isRunnable(state: string | undefined): boolean {
  return state === "R"
}

function isStopped(state: string | undefined): boolean {
  return state === "T" || state === "t"
}
