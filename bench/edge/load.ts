import { connect } from "node:net"

/** Closed-loop load: each of `connections` sends its next request when the last answer is whole. Prints what was done. */
const [port, connections, durationMs] = process.argv.slice(2).map(Number) as [number, number, number]
const request = Buffer.from(
  "GET /api/cafes?lat=40.7&lon=-74 HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nUser-Agent: bench\r\nAccept: */*\r\nCookie: session=0123456789abcdef\r\n\r\n",
)
const bodyBytes = 2048

let requests = 0
let failed = 0
let stop = false
const tookMs: number[] = []

function run(): Promise<void> {
  return new Promise(resolve => {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true })
    let left = 0
    let head = ""
    let sentMs = 0
    const next = () => {
      if (stop) return void socket.end(resolve)
      sentMs = performance.now()
      socket.write(request)
    }
    const done = () => {
      requests++
      if (requests % 16 === 0) tookMs.push(performance.now() - sentMs)
      next()
    }
    socket.on("connect", next)
    socket.on("data", bytes => {
      if (left > 0) {
        left -= bytes.length
        if (left === 0) done()
        return
      }
      head += bytes.toString("latin1")
      const end = head.indexOf("\r\n\r\n")
      if (end === -1) return
      if (!head.startsWith("HTTP/1.1 200")) failed++
      left = bodyBytes - (head.length - end - 4)
      head = ""
      if (left === 0) done()
    })
    socket.on("error", () => {
      failed++
      resolve()
    })
    socket.on("close", () => resolve())
  })
}

setTimeout(() => {
  stop = true
}, durationMs)
await Promise.all(Array.from({ length: connections }, run))
tookMs.sort((a, b) => a - b)
process.stdout.write(
  JSON.stringify({
    requests,
    failed,
    p50Ms: tookMs[tookMs.length >> 1],
    p99Ms: tookMs[((tookMs.length * 99) / 100) | 0],
  }),
)
