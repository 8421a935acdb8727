import { messageOf } from "../../kit/errors.ts"
import type { Driver, DriverEvent, DriverInstance, InstanceSpec } from "../driver.ts"
import { AgentClient, shortSocketPath } from "./agent-client.ts"
import type { AgentStatus, ShutdownMode } from "./agent-protocol.ts"
import type { Starters } from "./process-spec.ts"
import { ReadyWatch } from "./ready-watch.ts"

export type LocalDriverOptions = {
  readonly projectFolder: string
  /** Relative to the project folder: `.banyan/run/agent.sock`. */
  readonly agentSocket: string
  readonly starters: Starters
  /** The supervisor's, from its launch payload. */
  readonly token?: string
  /** How long a call waits for an agent that is away (default 10 s), then BN1407. */
  readonly waitMs?: number
  readonly log?: { error(details: object, message: string): void }
}

/** What this driver can do beyond the port. */
export interface LocalDriver extends Driver {
  status(): Promise<AgentStatus>
  /** Tells the agent to leave; resolves when it has agreed. Its end is the `detached` event. */
  shutdown(mode: ShutdownMode): Promise<void>
}

/** Processes on this machine, through its agent. */
export function createLocalDriver(options: LocalDriverOptions): LocalDriver {
  const { starters, projectFolder, agentSocket, token, waitMs } = options
  const listeners = new Set<(event: DriverEvent) => void>()
  const emit = (event: DriverEvent) => {
    for (const listener of listeners) listener(event)
  }
  /** What was running when last heard of: an exit while detached is told at the next attachment. */
  const running = new Set<string>()
  /** A start waits for the stop before it, or it would find the old process still running and do nothing. */
  const stopping = new Map<string, Promise<null>>()
  const ready = new ReadyWatch({
    starters,
    onReady: id => emit({ type: "ready", id }),
    onFailed: (id, error) =>
      options.log?.error({ instance: id, reason: messageOf(error) }, "waiting for readiness failed"),
  })
  const exited = (id: DriverInstance["id"]) => {
    running.delete(id)
    ready.forget(id)
    emit({ type: "exited", id })
  }

  const client = new AgentClient({
    socketPath: shortSocketPath(projectFolder, agentSocket),
    ...(token === undefined ? {} : { token }),
    ...(waitMs === undefined ? {} : { waitMs }),
    onExited: id => exited(id as DriverInstance["id"]),
    onDetached: () => emit({ type: "detached" }),
    onAttached: () => {
      // A link lost again meanwhile ends this quietly: the next attachment does it over.
      list().then(
        () => emit({ type: "attached" }),
        () => {},
      )
    },
  })

  const list = async (): Promise<readonly DriverInstance[]> => {
    const before = [...running] as DriverInstance["id"][]
    const instances = await client.call({ verb: "list" })
    const alive = instances.filter(instance => instance.state !== "exited")
    for (const id of before) if (running.has(id) && !alive.some(other => other.id === id)) exited(id)
    for (const instance of alive) {
      running.add(instance.id)
      ready.watch(instance)
    }
    return instances.map(instance => (ready.isReady(instance) ? { ...instance, state: "ready" } : instance))
  }

  return {
    name: "local",
    list,
    epoch: async () => (await client.call({ verb: "status" })).epoch,
    fence: async epoch => void (await client.call({ verb: "fence", epoch })),
    async start(spec: InstanceSpec, map, epoch) {
      await stopping.get(spec.id)?.catch(() => {})
      const present = (await list()).find(instance => instance.id === spec.id && instance.state !== "exited")
      if (present?.version === spec.version) return void (await client.call({ verb: "fence", epoch }))
      const words = await starters[spec.group].prepare(spec, map)
      await client.call({ verb: "spawn", spec: words, epoch })
      await list()
    },
    async stop(id, graceMs, epoch) {
      const call = client.call({ verb: "stop", id, graceMs, epoch })
      stopping.set(id, call)
      await call.finally(() => stopping.get(id) === call && stopping.delete(id))
    },
    forget: async (id, epoch) => void (await client.call({ verb: "forget", id, epoch })),
    signal: async (id, signal, epoch) => void (await client.call({ verb: "signal", id, signal, epoch })),
    status: () => client.call({ verb: "status" }),
    shutdown: async mode => void (await client.call({ verb: "shutdown", mode })),
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async close() {
      ready.close()
      client.close()
    },
  }
}
