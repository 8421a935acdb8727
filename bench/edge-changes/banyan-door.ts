import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { readFileSync } from "node:fs"
import net from "node:net"
import { resolve } from "node:path"
import { createInterface } from "node:readline"
import type { ServiceMap } from "../../src/wire/map.ts"
import {
  type DoorChange,
  drainTimeoutMs,
  type FrontDoor,
  type RunningDoor,
  type Upstream,
} from "./front-door.ts"

const script = resolve(import.meta.dirname, "../../src/tiers/edge/testing/edge-child.ts")
const { version } = JSON.parse(readFileSync(resolve(import.meta.dirname, "../../package.json"), "utf8"))

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

type Handle = { readonly fd: number; close(): void }

class EdgeProcess {
  readonly id: string
  readonly #child: ChildProcess
  readonly #exited: Promise<unknown>
  #report = { state: "closed", ready: false }
  #heard = () => {}

  constructor(id: string, fd: number) {
    this.id = id
    this.#child = spawn(process.execPath, [script, id], { stdio: ["pipe", "pipe", "inherit", fd] })
    this.#exited = once(this.#child, "exit")
    createInterface({ input: this.#child.stdout! }).on("line", line => {
      this.#report = JSON.parse(line)
      this.#heard()
    })
  }

  follow(map: ServiceMap): void {
    this.#child.stdin!.write(`${JSON.stringify(map)}\n`)
  }

  async until(reached: (report: { state: string; ready: boolean }) => boolean): Promise<void> {
    while (!reached(this.#report))
      await new Promise<void>(resolve => {
        this.#heard = resolve
      })
  }

  async end(): Promise<void> {
    this.#child.kill("SIGKILL")
    await this.#exited
  }
}

class BanyanDoor implements RunningDoor {
  readonly #socket: Handle
  readonly #leaving = new Set<EdgeProcess>()
  #current: EdgeProcess | undefined
  #processes = 0
  #counter = 0

  constructor(port: number) {
    // As the agent binds it: listened on and accepted from only by the processes that inherit it.
    const { _createServerHandle: create } = net as unknown as {
      _createServerHandle(host: string, port: number, type: number): Handle
    }
    this.#socket = create("127.0.0.1", port, 4)
  }

  async change({ kind, upstreams }: DoorChange): Promise<void> {
    if (kind === "replaced") return this.replace(upstreams)
    this.#tell(upstreams, [this.#current!.id])
  }

  /** Starts the next process, opens it, and closes the one before: as the plan of a hand-over does. */
  async replace(upstreams: readonly Upstream[]): Promise<void> {
    const next = new EdgeProcess(`edge-${++this.#processes}`, this.#socket.fd)
    const before = this.#current
    next.follow(this.#map(upstreams, before === undefined ? [] : [before.id]))
    await next.until(({ ready }) => ready)
    this.#current = next
    if (before !== undefined) this.#leaving.add(before)
    this.#tell(upstreams, before === undefined ? [next.id] : [before.id, next.id])
    await next.until(({ state }) => state === "open")
    if (before === undefined) return
    this.#tell(upstreams, [next.id])
    // Ended by `stop` when it has not left by itself until then.
    void before
      .until(({ state }) => state === "drained")
      .then(() => {
        this.#leaving.delete(before)
        return before.end()
      })
  }

  async stop(): Promise<void> {
    await Promise.all([this.#current!, ...this.#leaving].map(each => each.end()))
    this.#socket.close()
  }

  #tell(upstreams: readonly Upstream[], open: readonly string[]): void {
    const map = this.#map(upstreams, open)
    for (const each of [this.#current!, ...this.#leaving]) each.follow(map)
  }

  #map(upstreams: readonly Upstream[], open: readonly string[]): ServiceMap {
    return {
      wire: 1,
      epoch: { term: 1, counter: ++this.#counter },
      stage: "balanced",
      fronts: open.map(id => ({ id, state: "open" as const })),
      backends: upstreams.map(({ id, port, weight }) => ({
        id,
        address: { host: "127.0.0.1", port },
        weight,
        state: "active" as const,
        version: "1",
      })),
      databases: [],
      settings: { drainTimeoutMs },
    }
  }
}
