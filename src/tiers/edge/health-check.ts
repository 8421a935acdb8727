import { connect } from "node:net"
import { createResponseParser, encodeRequestHead, type ResponseHead } from "../../http1/index.ts"
import type { Clock } from "../../kit/clock.ts"
import type { Address } from "../../wire/map.ts"
import type { HealthEvent } from "./backend-health.ts"

export const healthPath = "/.banyan/health"

const question = encodeRequestHead({
  method: "GET",
  target: healthPath,
  fields: ["Host", "banyan", "Connection", "close"],
})

/** Asks a backend once, on a connection of its own: so it also shows that new connections are taken. */
export function checkHealth(
  address: Address,
  timeoutMs: number,
  clock: Clock,
): { readonly result: Promise<HealthEvent>; cancel(): void } {
  const socket = connect({ ...address })
  const result = new Promise<HealthEvent>(resolve => {
    const cancelTimeout = clock.after(timeoutMs, () => settle("check-timed-out"))
    const settle = (event: HealthEvent) => {
      cancelTimeout()
      socket.destroy()
      resolve(event)
    }
    const parser = createResponseParser({
      head: (head: ResponseHead) => settle(head.status === 200 ? "check-passed" : "check-refused"),
      body() {},
      trailers() {},
      end() {},
    })
    parser.expect("GET")
    socket.once("connect", () => socket.write(question))
    socket.on("data", bytes => {
      try {
        parser.push(bytes)
      } catch {
        settle("check-refused")
      }
    })
    socket.once("error", () => settle("check-refused"))
    socket.once("close", () => settle("check-refused"))
  })
  return { result, cancel: () => socket.destroy() }
}
