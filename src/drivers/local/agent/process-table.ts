import type { ChildProcess } from "node:child_process"
import { createHash } from "node:crypto"
import { identifyProcess, isAlive, type ProcessIdentity } from "../../../kit/node/process-identity.ts"
import { SilenceMeter } from "../../../kit/silence.ts"
import type { DriverInstance } from "../../driver.ts"
import { driversError } from "../../drivers-errors.ts"
import type { ProcessSpec } from "../process-spec.ts"
import type { AgentLog } from "./agent-log.ts"
import type { AgentStateFile } from "./agent-state.ts"
import { describeProcess, endAllIn, folderLeft } from "./folder-owner.ts"
import {
  type ExitFacts,
  endGroupLeft,
  killSteps,
  ManagedProcess,
  type StopStep,
  stopSteps,
} from "./managed-process.ts"
import { MemoryGauge } from "./memory-gauge.ts"
import { identityOf, instanceOf, newbornIn, type ProcessRecord, recordOf } from "./process-record.ts"
import { spawnProcess } from "./spawn-process.ts"

/** How long the children of a killed database server may take to leave its folder. */
const folderWaitMs = 5000
/** How long a process that was being born when the former agent died may take to say hello. */
const birthWaitMs = 5000

/** While `birth` or `ending` is there, whoever wants the process started or stopped waits for it. */
type Entry = {
  record: ProcessRecord
  process?: ManagedProcess
  birth?: Promise<void>
  ending?: Promise<void>
}

export type ProcessTableOptions = {
  readonly state: AgentStateFile
  readonly log: AgentLog
  readonly publicFds: { readonly listenFd: number; readonly listenTlsFd: number | undefined }
  readonly onExit: (id: string) => void
  /** Somebody was born, ended or was forgotten. */
  readonly onChange: () => void
  /** What is known of a database server. */
  readonly databaseOf: (id: string) => Pick<DriverInstance, "database" | "silentMs">
}

/** Every process of this host but the supervisor: those this agent spawned and those it adopted. */
export class ProcessTable {
  readonly #options: ProcessTableOptions
  readonly #entries = new Map<string, Entry>()
  readonly #silence = new SilenceMeter()
  readonly #memory = new MemoryGauge(() => this.#pids())
  #closed = false

  constructor(options: ProcessTableOptions) {
    this.#options = options
    for (const record of options.state.value.processes) this.#entries.set(record.id, { record })
  }

  list(): DriverInstance[] {
    return [...this.#entries.values()].map(({ record, process }) => {
      const memoryBytes = this.#memory.bytesOf(process?.identity.pid)
      const instance = instanceOf(record, this.#silence.silentMs(record.id), memoryBytes)
      return process === undefined ? instance : { ...instance, ...this.#options.databaseOf(record.id) }
    })
  }

  /** Everything known, exited ones included. */
  get records(): readonly ProcessRecord[] {
    return [...this.#entries.values()].map(({ record }) => record)
  }

  pidOf(id: string): number | undefined {
    return this.#entries.get(id)?.process?.identity.pid
  }

  logFiles(): string[] {
    return this.records.map(({ logFile }) => logFile)
  }

  /** One more beat without an answer, for all. */
  beat(): void {
    this.#silence.beat(this.#entries.keys())
  }

  /** Looks what everybody holds; `list` tells. */
  measure(): Promise<void> {
    return this.#memory.look()
  }

  /** Takes over what the former agent left. */
  adopt(): void {
    for (const entry of this.#entries.values()) {
      const { record } = entry
      if (record.exit !== undefined) continue
      const identity = identityOf(record) ?? newbornIn(record)
      if (identity === undefined) this.#awaitHello(entry)
      else if (isAlive(identity)) this.#watch(entry, identity)
      else {
        if (record.program !== undefined) endGroupLeft(identity.pid)
        this.#exited(entry, { code: null, signal: null, atMs: Date.now() })
      }
    }
  }

  /** Resolves when this process is neither being born nor being ended. */
  async settled(id: string): Promise<void> {
    for (;;) {
      const entry = this.#entries.get(id)
      const pending = entry?.birth ?? entry?.ending
      if (pending === undefined) return
      await pending.catch(() => {})
    }
  }

  /** Resolves when spawned, or when it runs already. Throws BN1404, BN1405, BN1406, this last one also once closed. */
  async spawn(spec: ProcessSpec): Promise<void> {
    const { id, version } = spec
    const present = this.#entries.get(id)
    if (present !== undefined && present.record.exit === undefined) {
      if (present.record.version === version) return present.birth
      throw driversError("BN1404", { id, running: present.record.version, wanted: `starting ${version}` })
    }
    this.#refuseWhileClosed(spec)
    const entry: Entry = { record: recordOf(spec) }
    this.#entries.set(id, entry)
    entry.birth = this.#give(entry, spec).finally(() => {
      delete entry.birth
    })
    return entry.birth
  }

  /** Resolves when it is gone, and nobody is left in its data folder. */
  async stop(id: string, graceMs: number): Promise<void> {
    const entry = this.#entries.get(id)
    await entry?.birth?.catch(() => {})
    if (entry !== undefined) await this.#end(entry, stopSteps(entry.record.stopSignal, graceMs))
  }

  /** Ends what has not answered for so long; resolves when it is gone. Who has answered since is spared. */
  async kill(id: string, silentMs: number): Promise<void> {
    const entry = this.#entries.get(id)
    await entry?.birth?.catch(() => {})
    if (entry?.process === undefined) return
    const isDatabase = entry.record.dataFolder !== undefined
    const heardMs = isDatabase ? (this.#options.databaseOf(id).silentMs ?? 0) : this.#silence.silentMs(id)
    if (heardMs < silentMs) return
    this.#options.log.error({ instance: id, silentMs: heardMs, askedMs: silentMs }, "killed")
    if (isDatabase) await this.killWholly(id)
    else await this.#end(entry, killSteps(entry.record.stopSignal))
  }

  /** Ends a database with all its children, which no signal to a group reaches; resolves when its folder is left. */
  async killWholly(id: string): Promise<void> {
    const entry = this.#entries.get(id)
    await entry?.birth?.catch(() => {})
    if (entry === undefined) return
    const { dataFolder, argv } = entry.record
    const ending = this.#end(entry, [{ signal: "SIGKILL", afterMs: 0 }])
    if (dataFolder !== undefined) await endAllIn(dataFolder, argv)
    await ending
  }

  /** Nobody is born any more: who mends while all is taken down would leave an orphan. */
  close(): void {
    this.#closed = true
  }

  /** Ends everything at once; databases get the time for an immediate shutdown. */
  async killAll(): Promise<void> {
    const kill = async (entry: Entry) => {
      await entry.birth?.catch(() => {})
      await this.#end(entry, killSteps(entry.record.stopSignal))
    }
    await Promise.all([...this.#entries.values()].map(kill))
  }

  signal(id: string, signal: NodeJS.Signals): void {
    if (!this.#entries.get(id)?.process?.signal(signal)) throw driversError("BN1409", { id })
  }

  forget(id: string): void {
    const entry = this.#entries.get(id)
    if (entry === undefined) return
    if (entry.record.exit === undefined) {
      throw driversError("BN1404", { id, running: entry.record.version, wanted: "forgetting it" })
    }
    this.#entries.delete(id)
    this.#save()
  }

  /** A process says who it is. Returns why it is not believed, or what to call when it answers and when its link ends. */
  hello(
    id: string,
    token: string,
    identity: ProcessIdentity,
  ): { refused: string } | { onAnswer: () => void; onEnd: () => void } {
    const entry = this.#entries.get(id)
    if (entry === undefined || entry.record.exit !== undefined)
      return { refused: `${id} is not known to run` }
    if (hashOf(token) !== entry.record.tokenHash) return { refused: `${id}: wrong token` }
    if (!isAlive(identity)) return { refused: `${id}: no such process as pid ${identity.pid}` }
    if (entry.process === undefined && entry.birth === undefined) this.#watch(entry, identity)
    const known = entry.process?.identity
    if (known !== undefined && known.pid !== identity.pid)
      return { refused: `${id} runs as pid ${known.pid}` }
    const onAnswer = () => {
      if (this.#entries.get(id) === entry) this.#silence.heard(id)
    }
    return { onAnswer, onEnd: () => entry.process?.lookClosely() }
  }

  async #give(entry: Entry, spec: ProcessSpec): Promise<void> {
    try {
      if (spec.dataFolder !== undefined) await this.#claimFolder(spec, spec.dataFolder)
      this.#refuseWhileClosed(spec)
      // Written before the birth: should this agent die in between, the next one knows what to look for.
      this.#save()
      const { payload, listen, ...words } = spec
      const child = await spawnProcess({
        ...words,
        ...(payload === undefined ? {} : { payload }),
        ...(listen === undefined ? {} : this.#options.publicFds),
      })
      this.#watch(entry, identifyProcess(child.pid) ?? { pid: child.pid, startedAt: "" }, child)
      this.#options.log.info({ instance: spec.id, pid: child.pid, version: spec.version }, "spawned")
    } catch (error) {
      this.#entries.delete(spec.id)
      this.#save()
      throw error
    }
  }

  #refuseWhileClosed({ id, argv: [program] }: ProcessSpec): void {
    if (!this.#closed) return
    throw driversError("BN1406", { id, program, reason: "everything is being taken down" })
  }

  async #claimFolder(spec: ProcessSpec, folder: string): Promise<void> {
    const owner = [...this.#entries.values()].find(
      ({ record }) => record.dataFolder === folder && record.id !== spec.id && record.exit === undefined,
    )
    const refuse = (holder: string) => driversError("BN1405", { id: spec.id, folder, holder })
    if (owner !== undefined) throw refuse(owner.record.id)
    const [pid] = await folderLeft(folder, spec.argv, folderWaitMs)
    if (pid !== undefined) throw refuse(describeProcess(pid))
  }

  /** Called twice, both take their steps: a shorter patience wins. */
  #end(entry: Entry, steps: readonly StopStep[]): Promise<void> {
    if (entry.process === undefined) return entry.ending ?? Promise.resolve()
    const { dataFolder, argv } = entry.record
    const ending = entry.process
      .end(steps)
      .then(() => (dataFolder === undefined ? [] : folderLeft(dataFolder, argv, folderWaitMs)))
      .then(() => {
        if (entry.ending === ending) delete entry.ending
      })
    entry.ending = ending
    return ending
  }

  #watch(entry: Entry, identity: ProcessIdentity, child?: ChildProcess): void {
    const managed = new ManagedProcess(identity, child, { isGroup: entry.record.program !== undefined })
    entry.process = managed
    this.#silence.heard(entry.record.id)
    entry.record = { ...entry.record, ...identity }
    this.#save()
    managed.gone.then(exit => this.#exited(entry, exit))
  }

  #awaitHello(entry: Entry): void {
    setTimeout(() => {
      const isUnheard = entry.process === undefined && entry.record.exit === undefined
      if (isUnheard) this.#exited(entry, { code: null, signal: null, atMs: Date.now() })
    }, birthWaitMs)
  }

  #exited(entry: Entry, exit: ExitFacts): void {
    delete entry.process
    entry.record = { ...entry.record, exit }
    this.#save()
    const { id, pid } = entry.record
    this.#options.log.info({ instance: id, pid, code: exit.code, signal: exit.signal }, "exited")
    this.#options.onExit(id)
  }

  #pids(): number[] {
    return [...this.#entries.values()].flatMap(({ process }) => process?.identity.pid ?? [])
  }

  #save(): void {
    this.#options.state.update({ processes: this.records })
    this.#options.onChange()
  }
}

export function hashOf(token: string): string {
  return createHash("sha256").update(token).digest("hex")
}
