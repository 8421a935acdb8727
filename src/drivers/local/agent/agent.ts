import { rmSync } from "node:fs"
import { beatMs } from "../../../kit/silence.ts"
import type { Epoch } from "../../../wire/epoch.ts"
import { driversError } from "../../drivers-errors.ts"
import { isNewer, isOutdated } from "../../epoch-rule.ts"
import type { AgentCall, AgentStatus, ShutdownMode, SocketAddress } from "../agent-protocol.ts"
import { type AgentSettings, hungAfterMsOf } from "../agent-settings.ts"
import type { HostCall } from "../keeper-protocol.ts"
import type { AgentLog } from "./agent-log.ts"
import { AgentServer } from "./agent-server.ts"
import { AgentStateFile } from "./agent-state.ts"
import { DatabaseKeeper } from "./database-keeper.ts"
import { LogKeeper } from "./log-keeper.ts"
import { databasesIn, databaseVersion } from "./process-record.ts"
import { ProcessTable } from "./process-table.ts"
import type { SharedSocket } from "./shared-socket.ts"
import { SupervisorKeeper } from "./supervisor-keeper.ts"

/** What is left running after an orderly down gets this long. */
const leftOverGraceMs = 5000
const lookAtLogsEveryMs = 10_000
const lookAtMemoryEveryMs = 2_000

export type AgentOptions = {
  readonly settings: AgentSettings
  readonly runFolder: string
  readonly agentSocket: string
  readonly publicSocket: SharedSocket
  readonly tlsSocket: SharedSocket | undefined
  readonly log: AgentLog
}

/** Joins table, supervisor's keeper and ear; carries verbs out, and refuses callers whose epoch is old. */
export class Agent {
  readonly #options: AgentOptions
  readonly #startedAtMs = Date.now()
  readonly #state: AgentStateFile
  readonly #table: ProcessTable
  readonly #supervisor: SupervisorKeeper
  readonly #server: AgentServer
  readonly #keeper: DatabaseKeeper
  #leaving = false

  constructor(options: AgentOptions) {
    const { log, publicSocket, tlsSocket, settings, agentSocket, runFolder } = options
    this.#options = options
    const publicAddress = addressOf(publicSocket)
    const tlsAddress = tlsSocket && addressOf(tlsSocket)
    const state = new AgentStateFile(runFolder, log)
    this.#state = state
    this.#table = new ProcessTable({
      state,
      log,
      publicFds: { listenFd: publicSocket.fd, listenTlsFd: tlsSocket?.fd },
      onExit: id => this.#server.tell({ type: "exited", id }),
      onChange: () => this.#tellKeeper(),
      databaseOf: id => this.#keeper.stateOf(id),
    })
    this.#keeper = new DatabaseKeeper({
      log,
      hungAfterMs: hungAfterMsOf(settings),
      carryOut: call => this.#carryOutForKeeper(call),
      onProgress: (id, words) => this.#server.tell({ type: "progress", id, words }),
      onChange: id => this.#server.tell({ type: "database", id }),
    })
    const addresses = { publicAddress, tlsAddress }
    this.#supervisor = new SupervisorKeeper({ settings, agentSocket, runFolder, ...addresses, state, log })
    this.#server = new AgentServer({
      table: this.#table,
      knowsSupervisor: token => this.#supervisor.knows(token),
      onSupervisorAnswer: token => this.#supervisor.answered(token),
      carryOut: call => this.#carryOut(call),
      log,
    })
    state.update({ public: publicAddress })
  }

  async start(): Promise<void> {
    const { agentSocket, log } = this.#options
    this.#table.adopt()
    this.#tellKeeper()
    await this.#server.listen(agentSocket)
    await this.#supervisor.start()
    setInterval(() => this.#beat(), beatMs)
    const logs = new LogKeeper({ files: () => this.#logFiles(), log })
    setInterval(() => void logs.look(), lookAtLogsEveryMs)
    setInterval(() => void this.#table.measure(), lookAtMemoryEveryMs)
    log.info(this.status(), "agent serves")
  }

  #logFiles(): string[] {
    const { settings } = this.#options
    return [settings.agentLogFile, settings.supervisor.logFile, ...this.#table.logFiles()]
  }

  #beat(): void {
    this.#table.beat()
    this.#supervisor.beat()
    this.#keeper.beat()
    this.#server.ping()
  }

  #tellKeeper(): void {
    const { known, running } = databasesIn(this.#table.records)
    this.#keeper.servers(known, running)
  }

  status(): AgentStatus {
    const { publicSocket, tlsSocket } = this.#options
    return {
      pid: process.pid,
      startedAtMs: this.#startedAtMs,
      epoch: this.#state.value.epoch,
      public: addressOf(publicSocket),
      ...(tlsSocket === undefined ? {} : { tls: addressOf(tlsSocket) }),
      admin: this.#supervisor.admin,
      supervisor: { pid: this.#supervisor.pid, restarts: this.#supervisor.restarts },
    }
  }

  async #carryOut(call: AgentCall): Promise<unknown> {
    switch (call.verb) {
      case "status":
        return this.status()
      case "list":
        return this.#table.list()
      case "fence":
        return this.#admit(call.epoch, "fence")
      case "spawn":
        this.#admit(call.epoch)
        await this.#table.settled(call.spec.id)
        // Waiting may have taken long enough for a newer control plane to come.
        this.#admit(call.epoch)
        return this.#table.spawn(call.spec)
      case "stop":
        this.#admit(call.epoch)
        return this.#table.stop(call.id, call.graceMs)
      case "kill":
        this.#admit(call.epoch)
        return this.#table.kill(call.id, call.silentMs)
      case "forget":
        this.#admit(call.epoch)
        return this.#table.forget(call.id)
      case "remember":
        this.#supervisor.memory = call.memory
        return
      case "signal":
        this.#admit(call.epoch)
        return this.#table.signal(call.id, call.signal)
      case "act":
        this.#admit(call.epoch)
        return this.#keeper.do(call.work, call.keeper, call.epoch)
      case "keep":
        return this.#keeper.keep(call.keeper)
      case "shutdown":
        void this.#leave(call.mode)
        return
      default:
        throw driversError("BN1413", { reason: `no such verb: ${(call as { verb: unknown }).verb}` })
    }
  }

  /** An act may take long. A newer control plane may have come: then it ends. A newer map of the same one is no reason. */
  async #carryOutForKeeper(call: HostCall): Promise<unknown> {
    this.#admit(call.epoch)
    if (call.verb === "stop") return this.#table.stop(call.id, call.graceMs)
    if (call.verb === "kill") return this.#table.killWholly(call.id)
    const { id } = call.spec
    await this.#table.settled(id)
    this.#admit(call.epoch)
    const version = databaseVersion(this.#table.records, id)
    await this.#table.spawn({ ...call.spec, group: "postgres", version })
    return this.#table.pidOf(id)
  }

  /** Throws BN1401 for what is outdated; keeps a newer epoch, which ends what an older control plane began. */
  #admit(epoch: Epoch, as: "call" | "fence" = "call"): void {
    const newest = this.#state.value.epoch
    if (isOutdated(as, epoch, newest)) {
      const words = ({ term, counter }: Epoch) => `${term}.${counter}`
      throw driversError("BN1401", { driver: "local", epoch: words(epoch), newest: words(newest) })
    }
    if (!isNewer(epoch, newest)) return
    this.#state.update({ epoch })
    this.#keeper.fence(epoch)
  }

  /** Ends the supervisor, then what still runs, then itself. The caller sees the end as EOF. */
  async #leave(mode: ShutdownMode): Promise<void> {
    if (this.#leaving && mode !== "now") return
    this.#leaving = true
    this.#table.close()
    await this.#keeper.close()
    this.#options.log.info({ mode }, "shutting down")
    const leftOver =
      mode === "now"
        ? this.#table.killAll()
        : Promise.all(this.#table.list().map(({ id }) => this.#table.stop(id, leftOverGraceMs)))
    await Promise.all([this.#supervisor.stop(), leftOver])
    this.#state.remove()
    rmSync(this.#options.agentSocket, { force: true })
    this.#server.close()
    this.#options.log.info({}, "agent leaves")
    process.exit(0)
  }
}

function addressOf({ host, port }: SocketAddress): SocketAddress {
  return { host, port }
}
