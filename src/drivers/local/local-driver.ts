import { messageOf } from "../../kit/errors.ts"
import type { InstanceId } from "../../topology/topology.ts"
import type { Epoch } from "../../wire/epoch.ts"
import type { ServiceMap } from "../../wire/map.ts"
import type { Driver, DriverEvent, DriverInstance, InstanceSpec } from "../driver.ts"
import { AgentClient, shortSocketPath } from "./agent-client.ts"
import type { AgentStatus, ShutdownMode } from "./agent-protocol.ts"
import { LocalDatabaseHost, type LocalDatabases } from "./local-databases.ts"
import type { Starters } from "./process-spec.ts"
import { ReadyWatch } from "./ready-watch.ts"

export type LocalDriverOptions = {
  readonly projectFolder: string
  /** Relative to the project folder: `.banyan/run/agent.sock`. */
  readonly agentSocket: string
  readonly starters: Starters
  /** What can be done to databases here; nothing when left out. */
  readonly databases?: LocalDatabases
  /** The supervisor's, from its launch payload. */
  readonly token?: string
  /** How long a call waits for an agent that is away (default 10 s), then BN1407. */
  readonly waitMs?: number
  readonly log?: { error(details: object, message: string): void }
}

/** What this driver can do beyond the port. */
export interface LocalDriver extends Driver {
  status(): Promise<AgentStatus>
  /** Told to the next supervisor at its birth, by this agent or the next: kept in memory alone. */
  remember(memory: string): void
  /** Tells the agent to leave; resolves when it has agreed. Its end is the `detached` event. */
  shutdown(mode: ShutdownMode): Promise<void>
}

/** Processes on this machine, through its agent. */
export function createLocalDriver(options: LocalDriverOptions): LocalDriver {
  return new AgentDriver(options)
}

class AgentDriver implements LocalDriver {
  readonly name = "local"
  readonly databases?: LocalDatabaseHost
  readonly #starters: Starters
  readonly #client: AgentClient
  readonly #ready: ReadyWatch
  readonly #listeners = new Set<(event: DriverEvent) => void>()
  /** What was running when last heard of: an exit while detached is told at the next attachment. */
  readonly #running = new Set<InstanceId>()
  /** A start waits for the stop before it, or it would find the old process still running and do nothing. */
  readonly #stopping = new Map<InstanceId, Promise<null>>()
  #memory: string | undefined

  constructor({ starters, databases, projectFolder, agentSocket, token, waitMs, log }: LocalDriverOptions) {
    this.#starters = starters
    this.#ready = new ReadyWatch({
      starters,
      onReady: id => this.#emit({ type: "ready", id }),
      onFailed: (id, error) =>
        log?.error({ instance: id, reason: messageOf(error) }, "waiting for readiness failed"),
    })
    this.#client = new AgentClient({
      socketPath: shortSocketPath(projectFolder, agentSocket),
      ...(token === undefined ? {} : { token }),
      ...(waitMs === undefined ? {} : { waitMs }),
      onExited: id => this.#exited(id as InstanceId),
      onDatabase: id => this.#emit({ type: "database", id: id as InstanceId }),
      onProgress: (id, words) => this.#emit({ type: "progress", id: id as InstanceId, words }),
      onDetached: () => this.#emit({ type: "detached" }),
      onAttached: () => this.#attached(),
    })
    if (databases !== undefined) this.databases = new LocalDatabaseHost(this.#client, databases)
  }

  async list(): Promise<readonly DriverInstance[]> {
    const before = [...this.#running]
    const instances = await this.#client.call({ verb: "list" })
    const alive = instances.filter(instance => instance.state !== "exited")
    for (const id of before) {
      if (this.#running.has(id) && !alive.some(other => other.id === id)) this.#exited(id)
    }
    for (const instance of alive) {
      this.#running.add(instance.id)
      this.#ready.watch(instance)
    }
    this.databases?.keep(instances)
    return instances.map(one => (this.#ready.isReady(one) ? { ...one, state: "ready" } : one))
  }

  async epoch(): Promise<Epoch> {
    return (await this.#client.call({ verb: "status" })).epoch
  }

  async fence(epoch: Epoch): Promise<void> {
    await this.#client.call({ verb: "fence", epoch })
  }

  async start(spec: InstanceSpec, map: ServiceMap, epoch: Epoch): Promise<void> {
    // First of all: a caller whose time is over does not touch data folders either.
    if ((await this.epoch()).term > epoch.term) await this.fence(epoch)
    await this.#stopping.get(spec.id)?.catch(() => {})
    const present = (await this.list()).find(({ id, state }) => id === spec.id && state !== "exited")
    if (present?.version === spec.version) return
    if (spec.group === "postgres") await this.databases?.prepare(spec.id, map, epoch)
    const words = await this.#starters[spec.group].prepare(spec, map)
    await this.#client.call({ verb: "spawn", spec: words, epoch })
    await this.list()
  }

  async stop(id: InstanceId, graceMs: number, epoch: Epoch): Promise<void> {
    await this.#ending(id, this.#client.call({ verb: "stop", id, graceMs, epoch }))
  }

  async kill(id: InstanceId, silentMs: number, epoch: Epoch): Promise<void> {
    await this.#ending(id, this.#client.call({ verb: "kill", id, silentMs, epoch }))
  }

  async forget(id: InstanceId, epoch: Epoch): Promise<void> {
    await this.#client.call({ verb: "forget", id, epoch })
  }

  async signal(id: InstanceId, signal: NodeJS.Signals, epoch: Epoch): Promise<void> {
    await this.#client.call({ verb: "signal", id, signal, epoch })
  }

  status(): Promise<AgentStatus> {
    return this.#client.call({ verb: "status" })
  }

  remember(memory: string): void {
    this.#memory = memory
    // While no agent is there, the next attachment tells it.
    this.#client.call({ verb: "remember", memory }).catch(() => {})
  }

  async shutdown(mode: ShutdownMode): Promise<void> {
    await this.#client.call({ verb: "shutdown", mode })
  }

  subscribe(listener: (event: DriverEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async close(): Promise<void> {
    this.#ready.close()
    this.#client.close()
  }

  async #ending(id: InstanceId, call: Promise<null>): Promise<void> {
    this.#stopping.set(id, call)
    await call.finally(() => this.#stopping.get(id) === call && this.#stopping.delete(id))
  }

  #attached(): void {
    if (this.#memory !== undefined) this.remember(this.#memory)
    this.databases?.attached()
    // A link that is lost again meanwhile ends this quietly: the next attachment does it over.
    this.list().then(
      () => this.#emit({ type: "attached" }),
      () => {},
    )
  }

  #exited(id: InstanceId): void {
    this.#running.delete(id)
    this.#ready.forget(id)
    this.#emit({ type: "exited", id })
  }

  #emit(event: DriverEvent): void {
    for (const listener of this.#listeners) listener(event)
  }
}
