import { mapOf } from "../../src/tiers/edge/testing/edge-fixture.ts"
import { type Cleaner, EdgeProcess, sharedSocket } from "../../src/tiers/edge/testing/edge-process.ts"
import type { ServiceMap } from "../../src/wire/map.ts"
import { banyanVersion as version } from "../versions.ts"
import {
  type DoorChange,
  drainTimeoutMs,
  type FrontDoor,
  type RunningDoor,
  type Upstream,
} from "./front-door.ts"

/** The edge alone, told by maps as the control plane tells it, on a socket that no one process owns. */
export const banyanDoor: FrontDoor = {
  name: "Banyan",
  version,
  configuration: `defaults; each change a map; replaced: another process on the same socket, the old one drains for ${drainTimeoutMs / 1000} s`,
  async start(port, upstreams) {
    const door = new BanyanDoor(port)
    await door.replace(upstreams)
    return door
  },
}

class BanyanDoor implements RunningDoor {
  readonly #cleaning: Array<() => unknown> = []
  readonly #cleaner: Cleaner = { after: clean => void this.#cleaning.push(clean) }
  readonly #fd: number
  readonly #leaving = new Set<EdgeProcess>()
  #current: EdgeProcess | undefined
  #processes = 0

  constructor(port: number) {
    this.#fd = sharedSocket(this.#cleaner, port).fd
  }

  async change({ kind, upstreams }: DoorChange): Promise<void> {
    if (kind === "replaced") return this.replace(upstreams)
    this.#tell(upstreams, [this.#current!.id])
  }

  /** Starts the next process, opens it, and closes the one before: as the plan of a hand-over does. */
  async replace(upstreams: readonly Upstream[]): Promise<void> {
    const next = new EdgeProcess(this.#cleaner, `edge-${++this.#processes}`, this.#fd)
    const before = this.#current
    next.send(mapFor(upstreams, before === undefined ? [] : [before.id]))
    await next.reaches(({ ready }) => ready)
    this.#current = next
    if (before !== undefined) this.#leaving.add(before)
    this.#tell(upstreams, before === undefined ? [next.id] : [before.id, next.id])
    await next.reaches(({ state }) => state === "open")
    if (before === undefined) return
    this.#tell(upstreams, [next.id])
    // Ended by `stop` when it has not left by itself until then.
    void before
      .reaches(({ state }) => state === "drained")
      .then(() => {
        this.#leaving.delete(before)
        return before.kill()
      })
  }

  async stop(): Promise<void> {
    for (const clean of this.#cleaning.reverse()) await clean()
  }

  #tell(upstreams: readonly Upstream[], open: readonly string[]): void {
    const map = mapFor(upstreams, open)
    for (const each of [this.#current!, ...this.#leaving]) each.send(map)
  }
}

function mapFor(upstreams: readonly Upstream[], open: readonly string[]): ServiceMap {
  const backends = upstreams.map(({ id, port, weight }) => ({
    id,
    address: { host: "127.0.0.1", port },
    weight,
  }))
  return { ...mapOf(backends, "open", drainTimeoutMs), fronts: open.map(id => ({ id, state: "open" })) }
}
