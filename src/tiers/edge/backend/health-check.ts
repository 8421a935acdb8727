import { connect } from "node:net"
import { createResponseParser, encodeRequestHead, type ResponseHead } from "../../../http1/index.ts"
import type { Clock } from "../../../kit/clock.ts"
import type { Address, Program } from "../../../wire/map.ts"
import type { HealthEvent } from "./backend-health.ts"

export const healthPath = "/.banyan/health"

const questionAt = (target: string) =>
  encodeRequestHead({ method: "GET", target, fields: ["Host", "localhost", "Connection", "close"] })

const question = questionAt(healthPath)

/**
 * Asks a backend once, on a connection of its own: so it also shows that new connections are taken. A web role says
 * 200 or that it is leaving; a program may say anything that is not an error of its own.
 */
export function checkHealth(
  address: Address,
  timeoutMs: number,
  clock: Clock,
  program?: Program,
): { readonly result: Promise<HealthEvent>; cancel(): void } {
  const passes = (status: number) => (program === undefined ? status === 200 : status < 500)
  const socket = connect({ ...address })
  const result = new Promise<HealthEvent>(resolve => {
    const cancelTimeout = clock.after(timeoutMs, () => settle("check-timed-out"))
    const settle = (event: HealthEvent) => {
      cancelTimeout()
      socket.destroy()
      resolve(event)
    }
    const parser = createResponseParser({
      head: ({ status }: ResponseHead) => settle(passes(status) ? "check-passed" : "check-refused"),
      body() {},
      trailers() {},
      end() {},
    })
    parser.expect("GET")
    socket.once("connect", () =>
      socket.write(program === undefined ? question : questionAt(program.healthPath)),
    )
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
