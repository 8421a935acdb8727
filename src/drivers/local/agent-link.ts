import { createConnection, type Socket } from "node:net"
import { messageOf } from "../../kit/errors.ts"
import type { ProcessIdentity } from "../../kit/node/process-identity.ts"
import { backoffMs } from "../../kit/random.ts"
import { beatMs, SilenceMeter } from "../../kit/silence.ts"
import { onLines } from "../../wire/node/lines.ts"
import { type AgentLine, encodeLine } from "./agent-protocol.ts"
import { agentLock, hungAfterMsOf, readAgentSettings } from "./agent-settings.ts"
import { lockHolder } from "./lock-file.ts"
import { spawnAgent } from "./spawn-agent.ts"

export type KeepAgentOptions = {
  /** Relative to the working directory, which is the project folder. */
  readonly agentSocket: string
  readonly runFolder: string
  readonly id: string
  readonly token: string
  readonly identity: ProcessIdentity
  /** The public socket this process was born with. */
  readonly listenFd: number
  /** The one for TLS, where there is one. */
  readonly listenTlsFd?: number | undefined
  /** Whether this process is the open front door now: only then is its listenFd the public socket, and open. */
  readonly isKeeper: () => boolean
  readonly log: {
    info(details: object, message: string): void
    error(details: object, message: string): void
  }
}

/** How long the agent must be gone before a new one is spawned, and how long that one gets to answer. */
const goneMs = 150
const birthMs = 3000
/** A silence that is worth looking up how long one may be. */
const noticedMs = 2 * beatMs
/** Longest wait between two tries, when there is no agent and when it does not want this process. */
const retryCapMs = { gone: 250, refused: 5000 }

/**
 * A process's link to its agent: says who it is, so that an agent that is not its parent sees its end. Losing the
 * link is no error. The open front door, which shares the public socket, brings a lost agent back: it spawns one
 * with that socket. Should two do so at once, the agents' lock lets one live. An agent that hangs it ends first.
 */
export function keepAgent(options: KeepAgentOptions): { close(): void } {
  let socket: Socket | undefined
  let timer: NodeJS.Timeout | undefined
  let closed = false
  let attempt = 0
  let capMs = retryCapMs.gone
  let goneSinceMs: number | undefined
  let spawnedAtMs = Number.NEGATIVE_INFINITY
  const watch = watchForHang(options)

  const receive = (line: AgentLine) => {
    if (line.type === "welcome") {
      attempt = 0
      capMs = retryCapMs.gone
      spawnedAtMs = Number.NEGATIVE_INFINITY
    } else if (line.type === "ping") {
      watch.pinged()
      socket?.write(encodeLine({ type: "pong" }))
    } else if (line.type === "refused") {
      capMs = retryCapMs.refused
      options.log.error({ reason: line.reason }, "the agent refused this process; serving on")
    }
  }
  const connect = () => {
    const link = createConnection({ path: options.agentSocket })
    socket = link
    link.unref()
    onLines(link, line => receive(JSON.parse(line) as AgentLine))
    link.on("connect", () => {
      goneSinceMs = undefined
      watch.linked(true)
      const { id, token, identity } = options
      link.write(encodeLine({ type: "hello", id, token, ...identity }))
    })
    link.on("error", () => {})
    link.on("close", lost)
  }
  const lost = () => {
    watch.linked(false)
    if (closed) return
    const nowMs = performance.now()
    goneSinceMs ??= nowMs
    if (nowMs - goneSinceMs > goneMs && nowMs - spawnedAtMs > birthMs && options.isKeeper()) {
      spawnedAtMs = nowMs
      bringBack(options)
    }
    timer = setTimeout(connect, 20 + backoffMs(Math.random, attempt++, 30, capMs))
    timer.unref()
  }

  connect()
  return {
    close() {
      closed = true
      watch.close()
      clearTimeout(timer)
      socket?.destroy()
    },
  }
}

/** Counts the beats in which a linked agent says nothing; the open front door ends one that hangs. */
function watchForHang(options: KeepAgentOptions) {
  const silence = new SilenceMeter()
  let isLinked = false
  /** An agent of an older version never pings: its silence says nothing. */
  let pings = false
  const beat = setInterval(() => {
    silence.beat(isLinked && pings ? ["agent"] : [])
    const silentMs = silence.silentMs("agent")
    if (silentMs > noticedMs && options.isKeeper()) endHung(options, silentMs)
  }, beatMs)
  beat.unref()
  return {
    linked(linked: boolean) {
      isLinked = linked
    },
    pinged() {
      pings = true
      silence.heard("agent")
    },
    close: () => clearInterval(beat),
  }
}

/** Its end is seen as any other: what it kept is adopted by the next one. */
function endHung({ runFolder, log }: KeepAgentOptions, silentMs: number): void {
  try {
    if (silentMs < hungAfterMsOf(readAgentSettings(runFolder))) return
    const agent = lockHolder(runFolder, agentLock)
    if (agent === undefined) return
    log.error({ pid: agent.pid, silentMs }, "the agent hangs; killed")
    process.kill(agent.pid, "SIGKILL")
  } catch (error) {
    log.error({ reason: messageOf(error) }, "the agent hangs and could not be killed; serving on")
  }
}

function bringBack({ runFolder, listenFd, listenTlsFd, log }: KeepAgentOptions): void {
  try {
    const sockets = { publicFd: listenFd, tlsFd: listenTlsFd }
    const child = spawnAgent(readAgentSettings(runFolder), ".", { ...sockets, report: false })
    child.on("error", error =>
      log.error({ reason: error.message }, "no new agent could be started; serving on"),
    )
    log.info({ pid: child.pid }, "the agent is gone; started a new one with the public socket")
  } catch (error) {
    log.error({ reason: messageOf(error) }, "no new agent could be started; serving on")
  }
}
