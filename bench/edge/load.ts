import { connect, type Socket } from "node:net"
import { bodyBytes, differentRequests, requestFor, requestThatCloses } from "./messages.ts"

/**
 * Closed-loop load: each of `connections` sends its next request when the last answer is whole; with `close` each on a
 * connection of its own, and with `varied` each with a cookie of its own. Of a hundred requests `slowPercent` ask for an
 * answer that the backend holds back; latency is told of the others. Prints what was done as JSON.
 */
const [port, connections, durationMs, slowPercent] = process.argv.slice(2).map(Number) as [
  number,
  number,
  number,
  number,
]
const closes = process.argv[6] === "close"
const varies = process.argv[7] === "varied"
const request = closes ? requestThatCloses : requestFor
const quick = request("/api/cafes")
const slow = request("/slow")
const different = differentRequests("/varied")

let requests = 0
let failed = 0
let sent = 0
let stop = false
const tookMs: number[] = []

async function client(): Promise<void> {
  while (!stop) {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true })
    await new Promise<void>(resolve => {
      socket.once("close", () => resolve())
      socket.once("error", () => failed++)
      ask(socket)
    })
  }
}

/** Requests on one connection until it is to be closed. */
function ask(socket: Socket): void {
  let left = 0
  let head = ""
  let sentMs = 0
  let isSlow = false
  const next = () => {
    isSlow = ++sent % 100 < slowPercent
    const usual = varies ? different[sent % different.length]! : quick
    sentMs = performance.now()
    socket.write(isSlow ? slow : usual)
  }
  const done = () => {
    requests++
    if (!isSlow && requests % 8 === 0) tookMs.push(performance.now() - sentMs)
    if (stop || closes) socket.end()
    else next()
  }
  socket.on("connect", next)
  socket.on("data", bytes => {
    if (left > 0) left -= bytes.length
    else {
      head += bytes.toString("latin1")
      const end = head.indexOf("\r\n\r\n")
      if (end === -1) return
      if (!head.startsWith("HTTP/1.1 200")) failed++
      left = bodyBytes - (head.length - end - 4)
      head = ""
    }
    if (left === 0) done()
  })
}

setTimeout(() => {
  stop = true
}, durationMs)
await Promise.all(Array.from({ length: connections }, client))
tookMs.sort((a, b) => a - b)
process.stdout.write(JSON.stringify({ requests, failed, p99Ms: tookMs[((tookMs.length * 99) / 100) | 0] }))
