import { createConnection, type Socket } from "node:net"
import type { Clock } from "../../kit/clock.ts"
import { backoffMs, type Random } from "../../kit/random.ts"
import type { ServiceMap } from "../map.ts"
import { decodeDown, encodeMessage, type Hello } from "../messages.ts"
import type { Report } from "../report.ts"
import type { TracePart } from "../request-trace.ts"
import { onLines } from "./lines.ts"

export type UplinkOptions = {
  /** Path of the control socket, relative to the working directory. */
  readonly socketPath: string
  readonly hello: () => Omit<Hello, "type" | "wire">
  readonly report: () => Report
  /** What is kept of requests; all of it is one line of the link (lines.ts). */
  readonly traces: () => TracePart[]
  readonly onMap: (map: ServiceMap) => void
  readonly clock: Clock
  readonly random: Random
  readonly log: {
    info(details: object, message: string): void
    error(details: object, message: string): void
  }
}

/** A process's link to the control plane. Its loss is nothing: the process serves on with the map it has. */
export interface Uplink {
  /** Something changed: a report goes out soon. Many calls make one report. */
  nudge(): void
  close(): void
}

const reportEveryMs = 1000
const nudgeAfterMs = 5

/** Connects, says hello, passes maps on, sends reports; reconnects with jittered back-off for as long as it lives. */
export function createUplink(options: UplinkOptions): Uplink {
  const { clock } = options
  let socket: Socket | undefined
  let linked = false
  let closed = false
  let attempt = 0
  let cancelNudge: (() => void) | undefined

  const report = () => {
    if (linked) socket?.write(encodeMessage({ type: "report", report: options.report() }))
  }
  const receive = (line: string) => {
    try {
      const message = decodeDown(line)
      if (message.type === "map") {
        attempt = 0
        options.onMap(message.map)
      } else if (message.type === "tell-traces") {
        const { asked } = message
        if (linked) socket?.write(encodeMessage({ type: "traces", asked, parts: options.traces() }))
      } else options.log.error({ reason: message.reason }, "control refused this process; serving on")
    } catch (error) {
      options.log.error({ err: error }, "control sent what this process cannot read; ignored")
    }
  }
  const connect = () => {
    if (closed) return
    const link = createConnection({ path: options.socketPath })
    socket = link
    link.unref()
    onLines(link, receive)
    link.on("connect", () => {
      linked = true
      link.write(encodeMessage({ type: "hello", wire: 1, ...options.hello() }))
      report()
    })
    link.on("error", () => {})
    link.on("close", () => {
      linked = false
      // From a control plane that believed it a process hears a map: until then, who is refused backs off like who finds none.
      // Half fixed, half jitter: a whole fleet that lost its control plane does not come back in step.
      const waitMs = 25 + backoffMs(options.random, attempt++, 50, 1000)
      clock.after(waitMs, connect)
    })
  }

  const heartbeat = setInterval(report, reportEveryMs)
  heartbeat.unref()
  connect()
  return {
    nudge() {
      cancelNudge ??= clock.after(nudgeAfterMs, () => {
        cancelNudge = undefined
        report()
      })
    },
    close() {
      closed = true
      cancelNudge?.()
      clearInterval(heartbeat)
      socket?.destroy()
    },
  }
}
