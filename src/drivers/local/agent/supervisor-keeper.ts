import { randomBytes } from "node:crypto"
import { messageOf } from "../../../kit/errors.ts"
import { identifyProcess, isAlive } from "../../../kit/node/process-identity.ts"
import { SilenceMeter } from "../../../kit/silence.ts"
import type { AdminAddress, SocketAddress } from "../agent-protocol.ts"
import { type AgentSettings, hungAfterMsOf, type SupervisorLaunch } from "../agent-settings.ts"
import type { AgentLog } from "./agent-log.ts"
import type { AgentStateFile } from "./agent-state.ts"
import { ManagedProcess, stopSteps } from "./managed-process.ts"
import { hashOf } from "./process-table.ts"
import { bindSocket, type SharedSocket } from "./shared-socket.ts"
import { spawnProcess } from "./spawn-process.ts"

const backoff = { firstMs: 50, capMs: 5000, resetAfterLifeMs: 10_000 }
const stopGraceMs = 5000
/** The first word of a life may take this much longer than the others: before it, much is read and compiled. */
const firstWordFactor = 3

export type SupervisorKeeperOptions = {
  readonly settings: AgentSettings
  readonly agentSocket: string
  readonly runFolder: string
  readonly publicAddress: SocketAddress
  readonly tlsAddress: SocketAddress | undefined
  readonly state: AgentStateFile
  readonly log: AgentLog
}

/** Sees to it that a supervisor runs: adopts the one that lives, starts another when it dies. */
export class SupervisorKeeper {
  readonly #options: SupervisorKeeperOptions
  #process: ManagedProcess | undefined
  #admin: SharedSocket | undefined
  #waitMs = backoff.firstMs
  #timer: NodeJS.Timeout | undefined
  #stopped = false
  #hasAnswered = false
  readonly #silence = new SilenceMeter()
  restarts = 0
  /** What a supervisor wants its next to be told. */
  memory: string | undefined

  constructor(options: SupervisorKeeperOptions) {
    this.#options = options
  }

  get pid(): number | undefined {
    return this.#process?.identity.pid
  }

  get admin(): AdminAddress {
    const { settings, state } = this.#options
    const { host, port } = this.#admin ?? state.value.admin ?? settings.admin
    return { host, port, exact: settings.admin.port === 0 || settings.admin.port === port }
  }

  /** Whether a driver's link shows the supervisor's own token. */
  knows(token: string): boolean {
    return hashOf(token) === this.#options.state.value.supervisor?.tokenHash
  }

  /** The supervisor of this token lives; one that was replaced says nothing here. */
  answered(token: string): void {
    if (!this.knows(token)) return
    this.#hasAnswered = true
    this.#silence.heard("supervisor")
  }

  /**
   * One more beat without an answer. A supervisor that hangs is killed; its end is seen like any other, so the next
   * one starts when it is certainly dead.
   */
  beat(): void {
    if (this.#process === undefined) return
    this.#silence.beat(["supervisor"])
    const silentMs = this.#silence.silentMs("supervisor")
    const patienceMs = hungAfterMsOf(this.#options.settings) * (this.#hasAnswered ? 1 : firstWordFactor)
    if (this.#stopped || silentMs < patienceMs) return
    this.#options.log.error({ pid: this.pid, silentMs }, "supervisor hung; killed")
    this.#process.signal("SIGKILL")
  }

  /** Throws BN1402 when the admin port was asked for by name and is busy. */
  async start(): Promise<void> {
    const former = this.#options.state.value.supervisor
    if (former !== undefined && isAlive(former)) {
      this.#options.log.info({ pid: former.pid }, "supervisor adopted")
      this.#watch(new ManagedProcess(former))
      return
    }
    await this.#bindAdmin()
    await this.#spawn()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    await this.#process?.end(stopSteps("SIGTERM", stopGraceMs))
  }

  async #spawn(): Promise<void> {
    const { settings, state, log } = this.#options
    try {
      await this.#bindAdmin()
      if (this.#stopped) return
      const token = randomBytes(16).toString("base64url")
      const { options: _, ...words } = settings.supervisor
      const child = await spawnProcess({
        id: "supervisor",
        ...words,
        ...(this.#admin === undefined ? {} : { listenFd: this.#admin.fd }),
        payload: JSON.stringify(this.#launch(token)),
      })
      const identity = identifyProcess(child.pid) ?? { pid: child.pid, startedAt: "" }
      state.update({ supervisor: { ...identity, tokenHash: hashOf(token) } })
      log.info({ pid: child.pid }, "supervisor spawned")
      this.#watch(new ManagedProcess(identity, child))
    } catch (error) {
      log.error({ reason: messageOf(error), againInMs: this.#waitMs }, "no supervisor could be spawned")
      this.#spawnLater()
    }
  }

  #launch(token: string): SupervisorLaunch {
    const { settings, agentSocket, runFolder, publicAddress, tlsAddress } = this.#options
    const { memory } = this
    return {
      token,
      agentSocket,
      runFolder,
      public: publicAddress,
      ...(tlsAddress === undefined ? {} : { tls: tlsAddress }),
      ...(memory === undefined ? {} : { memory }),
      admin: this.admin,
      options: settings.supervisor.options,
    }
  }

  #watch(managed: ManagedProcess): void {
    const bornMs = performance.now()
    this.#process = managed
    this.#hasAnswered = false
    this.#silence.heard("supervisor")
    managed.gone.then(exit => {
      this.#process = undefined
      if (performance.now() - bornMs > backoff.resetAfterLifeMs) this.#waitMs = backoff.firstMs
      this.#options.log.info({ ...exit, againInMs: this.#waitMs }, "supervisor exited")
      this.#spawnLater()
    })
  }

  #spawnLater(): void {
    if (this.#stopped) return
    this.#timer = setTimeout(() => {
      this.restarts++
      void this.#spawn()
    }, this.#waitMs)
    this.#waitMs = Math.min(backoff.capMs, this.#waitMs * 2)
  }

  /**
   * The port of the last agent first, so that an open page finds its way back; then the one asked for; then, unless
   * that one was asked for by name, any free one.
   */
  async #bindAdmin(): Promise<void> {
    if (this.#admin !== undefined) return
    const { settings, state, log } = this.#options
    const { host, port, exact } = settings.admin
    const formerPort = state.value.admin?.port ?? port
    const ports = exact && port !== 0 ? [port] : [...new Set([formerPort, port, 0])]
    for (const candidate of ports) {
      try {
        this.#admin = await bindSocket(host, candidate)
        state.update({ admin: { host: this.#admin.host, port: this.#admin.port } })
        return
      } catch (error) {
        if (candidate === ports.at(-1)) throw error
        log.info({ reason: messageOf(error) }, "admin port busy; trying another")
      }
    }
  }
}
