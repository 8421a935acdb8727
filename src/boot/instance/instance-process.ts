import { join } from "node:path"
import { keepAgent } from "../../drivers/local/agent-link.ts"
import type { Clock } from "../../kit/clock.ts"
import { isBanyanError, messageOf } from "../../kit/errors.ts"
import { identifyProcess } from "../../kit/node/process-identity.ts"
import type { Log } from "../../telemetry/log.ts"
import type { Data } from "../../tiers/data/data.ts"
import type { Edge } from "../../tiers/edge/edge.ts"
import { rolesOf } from "../../topology/topology.ts"
import { compareEpochs } from "../../wire/epoch.ts"
import { inheritedFds, type Launch } from "../../wire/launch.ts"
import type { ServiceMap } from "../../wire/map.ts"
import { readSavedMap, saveMap } from "../../wire/node/saved-map.ts"
import { createUplink, type Uplink } from "../../wire/node/uplink.ts"
import type { Report } from "../../wire/report.ts"
import { startEdgeRole } from "./edge-role.ts"
import type { WebRole } from "./web-role.ts"

/** How long the last words of a process that cannot start may take to reach the control plane. */
const lastWordsMs = 100

/** How long a process that leaves though the map wants it open may finish what it has. */
const unplannedDrainMs = 2000

/** One process of the data plane: its roles, the map they follow, the links upward. */
export class InstanceProcess {
  readonly #launch: Launch
  readonly #log: Log
  readonly #clock: Clock
  readonly #mapPath: string
  #map: ServiceMap
  #edge: Edge | undefined
  #data: Data | undefined
  #web: WebRole | undefined
  #uplink: Uplink | undefined
  #agentLink: { close(): void } | undefined
  #started = false
  #progress = "starting"

  constructor(launch: Launch, log: Log, clock: Clock) {
    this.#launch = launch
    this.#log = log
    this.#clock = clock
    this.#mapPath = join(launch.runFolder, "maps", `${launch.id}.json`)
    const saved = readSavedMap(this.#mapPath)
    this.#map = saved !== undefined && compareEpochs(saved.epoch, launch.map.epoch) > 0 ? saved : launch.map
  }

  async start(): Promise<void> {
    const launch = this.#launch
    const roles = rolesOf[launch.group]
    this.#linkUpward()
    const nudge = () => this.#uplink?.nudge()
    if (roles.includes("edge")) {
      this.#edge = startEdgeRole(launch, this.#log, this.#clock)
      this.#edge.onChange(nudge)
    }
    if (roles.includes("web")) {
      // Only here: a front door of its own does without the platform's fetch and the database's client, 15 MB of them.
      const { createRoleData, startWebRole } = await import("./web-role.ts")
      const settings = { ...launch, listen: { path: join(launch.runFolder, `${launch.id}.sock`) } }
      const data = createRoleData(settings, this.#log, this.#clock)
      this.#data = data
      data.onChange(nudge)
      data.apply(this.#map)
      this.#web = await startWebRole(settings, data, this.#log, this.#clock, words => this.#tell(words))
      this.#web.web.onChange(nudge)
    }
    // A map may have come while the app was loading: the roles join at the newest.
    this.#web?.web.apply(this.#map)
    await this.#edge?.apply(this.#map)
    this.#started = true
    this.#progress = ""
    nudge()
    this.#log.info({ roles, epoch: this.#map.epoch }, "started")
  }

  /** Sends the reason of a failed start up, so that whoever waits for this instance can say it. */
  async tellFailure(error: unknown): Promise<void> {
    this.#tell(`failed: ${messageOf(error)}`)
    await new Promise(resolve => setTimeout(resolve, lastWordsMs))
  }

  /**
   * Front first, then web, then the database connections: the way of a request, each when nothing comes from above.
   * Streams would hold the front for ever: web ends them at the drain deadline, as it does when the map retires it.
   * A front door the map still wants open has no successor yet, and clients wait in the backlog until it has left.
   */
  async stop(): Promise<void> {
    const wantedOpen = this.#map.fronts.some(({ id, state }) => id === this.#launch.id && state === "open")
    const { drainTimeoutMs: plannedMs } = this.#map.settings
    const drainTimeoutMs = wantedOpen ? Math.min(plannedMs, unplannedDrainMs) : plannedMs
    this.#web?.web.apply(retiring(this.#map, this.#launch.id, drainTimeoutMs))
    await this.#edge?.stop(drainTimeoutMs)
    await this.#web?.stop(drainTimeoutMs)
    this.#uplink?.close()
    this.#agentLink?.close()
  }

  #linkUpward(): void {
    const launch = this.#launch
    this.#uplink = createUplink({
      socketPath: launch.controlSocket,
      hello: () => ({
        id: launch.id,
        token: launch.token,
        pid: process.pid,
        epoch: this.#map.epoch,
      }),
      report: () => this.#report(),
      traces: () => [...(this.#edge?.traces() ?? []), ...(this.#web?.web.traces() ?? [])],
      onMap: map => this.#follow(map),
      clock: this.#clock,
      random: Math.random,
      log: this.#log,
    })
    this.#agentLink = keepAgent({
      agentSocket: launch.agentSocket,
      runFolder: launch.runFolder,
      id: launch.id,
      token: launch.token,
      identity: identifyProcess(process.pid) ?? { pid: process.pid, startedAt: "" },
      listenFd: inheritedFds.listen,
      listenTlsFd: launch.front?.tls === undefined ? undefined : inheritedFds.listenTls,
      isKeeper: () => this.#edge?.report().state === "open",
      log: this.#log,
    })
  }

  #follow(map: ServiceMap): void {
    if (compareEpochs(map.epoch, this.#map.epoch) < 0) {
      this.#log.error({ epoch: map.epoch, have: this.#map.epoch }, "older map refused")
      return
    }
    this.#map = map
    this.#data?.apply(map)
    this.#web?.web.apply(map)
    if (this.#started) this.#edge?.apply(map).then(() => this.#uplink?.nudge(), this.#onEdgeError)
    this.#uplink?.nudge()
    try {
      saveMap(this.#mapPath, map)
    } catch (error) {
      this.#log.error({ err: error }, "the last good map could not be saved; serving on")
    }
  }

  /**
   * A front door that has given its socket back cannot take it again: the process leaves in order, and the control
   * plane, which still wants it open, starts a fresh one that is born with the socket.
   */
  readonly #onEdgeError = (error: unknown) => {
    this.#log.error({ err: error }, "the front door could not follow the map")
    this.#tell(`front door: ${messageOf(error)}`)
    if (isBanyanError(error) && error.code === "BN2002") process.kill(process.pid, "SIGTERM")
  }

  #tell(words: string): void {
    this.#progress = words
    this.#log.info({}, words)
    this.#uplink?.nudge()
  }

  #report(): Report {
    return {
      id: this.#launch.id,
      epoch: this.#map.epoch,
      countedAtMs: this.#clock.monotonicMs(),
      ready: this.#started && (this.#edge?.ready ?? true),
      ...(this.#progress === "" ? {} : { progress: this.#progress }),
      ...(this.#web === undefined ? {} : { manifest: this.#web.manifest }),
      ...(this.#edge === undefined ? {} : { front: this.#edge.report() }),
      ...(this.#data === undefined ? {} : { data: this.#data.report() }),
      ...(this.#web === undefined ? {} : { web: this.#web.web.report() }),
    }
  }
}

/** The map as it would be if it retired this backend. */
function retiring(map: ServiceMap, id: string, drainTimeoutMs: number): ServiceMap {
  const backends = map.backends.map(each => (each.id === id ? { ...each, state: "draining" as const } : each))
  return { ...map, backends, settings: { drainTimeoutMs } }
}
