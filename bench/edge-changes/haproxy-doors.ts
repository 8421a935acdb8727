import { execFileSync } from "node:child_process"
import { once } from "node:events"
import { writeFileSync } from "node:fs"
import { connect } from "node:net"
import { join } from "node:path"
import { peers } from "../edge/peers.ts"
import {
  type DoorChange,
  drainTimeoutMs,
  type FrontDoor,
  type RunningDoor,
  type Upstream,
} from "./front-door.ts"
import { PeerProcess } from "./peer-process.ts"

const version = peers.find(({ name }) => name === "HAProxy")?.version ?? ""

/** Beside what Debian's haproxy.cfg has: for a reload that closes no connection under a client that is about to send. */
type Tuning = { readonly stats: string; readonly global: string; readonly defaults: string }
const untuned: Tuning = { stats: "", global: "", defaults: "" }
const tuned: Tuning = {
  stats: " expose-fd listeners",
  global: `  hard-stop-after ${drainTimeoutMs}\n`,
  defaults: "  option idle-close-on-response\n",
}

/** What may stand behind it at one time or another: the runtime API changes what the file has named. */
const mostUpstreams = 4

export const haproxyDoors: readonly FrontDoor[] = [
  {
    name: "HAProxy, default",
    version,
    configuration:
      "Debian's haproxy.cfg (mode http, time-outs), master-worker with its inherited sockets; each change: file checked, SIGUSR2, as `systemctl reload haproxy`",
    start: (port, upstreams, folder) => ReloadedHaproxy.start(port, upstreams, folder, untuned),
  },
  {
    name: "HAProxy, tuned",
    version,
    configuration: `as before, with \`option idle-close-on-response\` and \`hard-stop-after ${drainTimeoutMs / 1000}s\`, stats socket with \`expose-fd listeners\``,
    start: (port, upstreams, folder) => ReloadedHaproxy.start(port, upstreams, folder, tuned),
  },
  {
    name: "HAProxy, runtime API",
    version,
    configuration:
      "as tuned; backends and weights by `set server` on the stats socket, without a reload; replaced: SIGUSR2",
    start: (port, upstreams, folder) => RuntimeHaproxy.start(port, upstreams, folder),
  },
]

class ReloadedHaproxy implements RunningDoor {
  readonly #process: PeerProcess
  readonly #write: (upstreams: readonly Upstream[]) => void
  readonly #file: string

  protected constructor(process: PeerProcess, file: string, write: (upstreams: readonly Upstream[]) => void) {
    this.#process = process
    this.#file = file
    this.#write = write
  }

  static async start(
    port: number,
    upstreams: readonly Upstream[],
    folder: string,
    tuning: Tuning,
  ): Promise<RunningDoor> {
    const { process, file, write } = await startHaproxy(port, upstreams, folder, tuning)
    return new ReloadedHaproxy(process, file, write)
  }

  async change({ upstreams }: DoorChange): Promise<void> {
    this.#write(upstreams)
    execFileSync("haproxy", ["-c", "-q", "-f", this.#file])
    this.#process.signal("SIGUSR2")
  }

  stop(): Promise<void> {
    return this.#process.end()
  }
}

/** All upstreams stand in its file, those not in use in maintenance. */
class RuntimeHaproxy extends ReloadedHaproxy {
  readonly #socket: string
  readonly #ids: readonly string[]

  private constructor(
    process: PeerProcess,
    file: string,
    write: (upstreams: readonly Upstream[]) => void,
    socket: string,
  ) {
    super(process, file, write)
    this.#socket = socket
    this.#ids = Array.from({ length: mostUpstreams }, (_, index) => `web-${index + 1}`)
  }

  static override async start(
    port: number,
    upstreams: readonly Upstream[],
    folder: string,
  ): Promise<RunningDoor> {
    const { process, file, write } = await startHaproxy(port, upstreams, folder, tuned)
    return new RuntimeHaproxy(process, file, write, join(folder, "admin.sock"))
  }

  override async change(change: DoorChange): Promise<void> {
    if (change.kind === "replaced") return super.change(change)
    const inUse = new Map(change.upstreams.map(each => [each.id, each]))
    const commands = this.#ids.flatMap(id => {
      const upstream = inUse.get(id)
      if (upstream === undefined) return [`set server web/${id} state maint`]
      return [
        `set server web/${id} addr 127.0.0.1 port ${upstream.port}`,
        `set server web/${id} weight ${upstream.weight}`,
        `set server web/${id} state ready`,
      ]
    })
    const socket = connect(this.#socket)
    socket.resume().end(`${commands.join(";")}\n`)
    await once(socket, "close")
  }
}

async function startHaproxy(port: number, upstreams: readonly Upstream[], folder: string, tuning: Tuning) {
  const file = join(folder, "haproxy.cfg")
  const write = (now: readonly Upstream[]) => writeFileSync(file, configuration(port, now, folder, tuning))
  write(upstreams)
  const command = ["haproxy", "-W", "-f", file, "-p", join(folder, "haproxy.pid")] as const
  const process = await PeerProcess.start(
    [...command, "-S", join(folder, "master.sock")] as [string, ...string[]],
    port,
    folder,
  )
  return { process, file, write }
}

function configuration(
  port: number,
  upstreams: readonly Upstream[],
  folder: string,
  { stats, global, defaults }: Tuning,
): string {
  const servers = Array.from({ length: mostUpstreams }, (_, index) => {
    const id = `web-${index + 1}`
    const upstream = upstreams.find(each => each.id === id)
    return upstream === undefined
      ? `  server ${id} 127.0.0.1:1 check disabled`
      : `  server ${id} 127.0.0.1:${upstream.port} check weight ${upstream.weight}`
  })
  return `global
  maxconn 4000
  stats socket ${folder}/admin.sock mode 600 level admin${stats}
${global}defaults
  mode http
  timeout connect 5000
  timeout client 50000
  timeout server 50000
${defaults}frontend front
  bind 127.0.0.1:${port}
  default_backend web
backend web
${servers.join("\n")}
`
}
