import type { ChildProcess } from "node:child_process"
import type { Socket } from "node:net"
import { messageOf } from "../../../kit/errors.ts"
import { SilenceMeter } from "../../../kit/silence.ts"
import type { Epoch } from "../../../wire/epoch.ts"
import { onLines } from "../../../wire/node/lines.ts"
import type { DatabaseState } from "../../database-acts.ts"
import { driversError } from "../../drivers-errors.ts"
import type {
  FromKeeper,
  HostCall,
  KeeperWords,
  KeeperWork,
  SeenServer,
  ToKeeper,
} from "../keeper-protocol.ts"
import { heardError, sayError } from "../said-error.ts"
import type { AgentLog } from "./agent-log.ts"
import { spawnProcess } from "./spawn-process.ts"

export type DatabaseKeeperOptions = {
  readonly log: AgentLog
  /** How long it may be silent before it is taken for hung. */
  readonly hungAfterMs: number
  /** What the keeper asks of the servers' parent. */
  readonly carryOut: (call: HostCall) => Promise<unknown>
  readonly onProgress: (id: string, words: string) => void
  /** What a server says of itself has changed, in more than its position and lag. */
  readonly onChange: (id: string) => void
}

/** The first word may take this much longer than the others: before it, much is read and compiled. */
const firstWordFactor = 3
/** Without several databases and without work it is kept so long, for what may come next. */
const keptIdleBeats = 10

type Pending = { readonly epoch: Epoch; readonly answer: PromiseWithResolvers<unknown> }

/**
 * The process that does to databases what takes long or needs a library: so this one stays small and is never held up. It
 * is started with the first work and kept while there are several databases; when it dies, its work fails and nothing
 * else, and the next work starts another one.
 */
export class DatabaseKeeper {
  readonly #options: DatabaseKeeperOptions
  readonly #pending = new Map<number, Pending>()
  readonly #seen = new Map<string, SeenServer>()
  readonly #silence = new SilenceMeter()
  #child: (ChildProcess & { readonly pid: number }) | undefined
  #birth: Promise<void> = Promise.resolve()
  #link: Socket | undefined
  #words: KeeperWords | undefined
  #running: readonly string[] = []
  #wanted = false
  #hasAnswered = false
  #idleBeats = 0
  #lastCall = 0
  #closed = false

  constructor(options: DatabaseKeeperOptions) {
    this.#options = options
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** Resolves with what the keeper answers. Rejects as the work does, or with BN1416 when the keeper died of it. */
  async do(work: KeeperWork, words: KeeperWords, epoch: Epoch): Promise<unknown> {
    await this.keep(words)
    const answer = Promise.withResolvers<unknown>()
    const call = ++this.#lastCall
    this.#pending.set(call, { epoch, answer })
    this.#say({ type: "work", call, work, epoch })
    return answer.promise
  }

  /** Sees to it that there is one, told these words. Throws BN1406. */
  keep(words: KeeperWords): Promise<void> {
    const birth = this.#birth.then(async () => {
      const isSame = JSON.stringify(words) === JSON.stringify(this.#words)
      if (this.#child !== undefined && !isSame && this.#pending.size === 0) await this.#end()
      if (this.#child === undefined) await this.#start(words)
    })
    this.#birth = birth.catch(() => {})
    return birth
  }

  /** The databases there are, and which of them run. With less than two nobody has to be kept. */
  servers(known: number, running: readonly string[]): void {
    this.#wanted = known > 1
    const isSame = running.join() === this.#running.join()
    this.#running = running
    for (const id of [...this.#seen.keys()]) if (!running.includes(id)) this.#seen.delete(id)
    if (!isSame) this.#say({ type: "servers", ids: running })
  }

  stateOf(id: string): { readonly database?: DatabaseState; readonly silentMs?: number } {
    const seen = this.#seen.get(id)
    if (seen === undefined) return {}
    const { state, silentMs } = seen
    return { silentMs, ...(state === undefined ? {} : { database: state }) }
  }

  /** A newer control plane acts: what an older one began ends now, wherever it is. */
  fence({ term }: Epoch): void {
    if (![...this.#pending.values()].some(({ epoch }) => epoch.term < term)) return
    this.#options.log.info({ pid: this.pid }, "an act of an older control plane ends")
    this.#endSoon()
  }

  /** One more beat without an answer. */
  beat(): void {
    if (this.#child === undefined) return
    this.#silence.beat(["keeper"])
    this.#idleBeats = this.#wanted || this.#pending.size > 0 ? 0 : this.#idleBeats + 1
    const silentMs = this.#silence.silentMs("keeper")
    if (silentMs >= this.#options.hungAfterMs * (this.#hasAnswered ? 1 : firstWordFactor)) {
      this.#options.log.error({ pid: this.pid, silentMs }, "the keeper hangs; killed")
      this.#endSoon()
    } else if (this.#idleBeats >= keptIdleBeats) this.#endSoon()
    else this.#say({ type: "ping" })
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#birth
    await this.#end()
  }

  async #start(words: KeeperWords): Promise<void> {
    if (this.#closed) {
      const reason = "everything is being taken down"
      throw driversError("BN1406", { id: "keeper", program: words.argv[0], reason })
    }
    const { payload, ...birth } = words
    const child = await spawnProcess({ id: "keeper", ...birth, link: true })
    const link = child.stdio[4] as Socket
    this.#child = child
    this.#words = words
    this.#link = link
    this.#hasAnswered = false
    this.#idleBeats = 0
    this.#silence.heard("keeper")
    onLines(link, line => this.#hear(JSON.parse(line) as FromKeeper))
    link.on("error", () => {})
    child.once("exit", (code, signal) => this.#ended(child, code, signal))
    this.#say({ type: "launch", payload })
    this.#say({ type: "servers", ids: this.#running })
    this.#options.log.info({ pid: child.pid }, "keeper spawned")
  }

  /** Before whatever wants one next. */
  #endSoon(): void {
    const child = this.#child
    this.#birth = this.#birth.then(() => (this.#child === child ? this.#end() : undefined))
  }

  /** Resolves when it is gone: nothing of it may go on beside the next one. */
  async #end(): Promise<void> {
    const child = this.#child
    if (child === undefined) return
    const gone = new Promise(resolve => child.once("exit", resolve))
    child.kill("SIGKILL")
    await gone
  }

  #ended(child: ChildProcess, code: number | null, signal: string | null): void {
    if (this.#child !== child) return
    this.#options.log.info({ pid: child.pid, code, signal, left: this.#pending.size }, "keeper exited")
    this.#link?.destroy()
    this.#child = undefined
    this.#link = undefined
    this.#seen.clear()
    const left = [...this.#pending.values()]
    this.#pending.clear()
    for (const { answer } of left) answer.reject(driversError("BN1416", { how: String(signal ?? code) }))
  }

  #hear(line: FromKeeper): void {
    this.#silence.heard("keeper")
    this.#hasAnswered = true
    if (line.type === "seen") this.#saw(line.servers)
    else if (line.type === "progress") this.#options.onProgress(line.id, line.words)
    else if (line.type === "call") void this.#carryOut(line)
    else if (line.type === "done") this.#take(line.call)?.resolve(line.value)
    else if (line.type === "failed") this.#take(line.call)?.reject(heardError(line.error))
  }

  #take(call: number): PromiseWithResolvers<unknown> | undefined {
    const pending = this.#pending.get(call)
    this.#pending.delete(call)
    return pending?.answer
  }

  async #carryOut(line: Extract<FromKeeper, { type: "call" }>): Promise<void> {
    const { call } = line
    const link = this.#link
    try {
      const value = (await this.#options.carryOut(line)) ?? null
      if (link === this.#link) this.#say({ type: "done", call, value })
    } catch (error) {
      this.#options.log.error({ verb: line.verb, reason: messageOf(error) }, "a keeper's call failed")
      if (link === this.#link) this.#say({ type: "failed", call, error: sayError(error, line.verb) })
    }
  }

  #saw(servers: readonly SeenServer[]): void {
    for (const server of servers) {
      if (!this.#running.includes(server.id)) continue
      const before = this.#seen.get(server.id)
      this.#seen.set(server.id, server)
      if (roleOf(before?.state) !== roleOf(server.state)) this.#options.onChange(server.id)
    }
  }

  #say(line: ToKeeper): void {
    this.#link?.write(`${JSON.stringify(line)}\n`)
  }
}

/** What of a state is worth an event. */
function roleOf(state: DatabaseState | undefined): string {
  if (state === undefined) return ""
  const { role, timeline, quorum, follows, streaming, restartDue, farBehind } = state
  return JSON.stringify([role, timeline, quorum, follows, streaming, restartDue, farBehind])
}
