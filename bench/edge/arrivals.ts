import { once } from "node:events"
import { connect, createServer, type Socket } from "node:net"
import { createInterface } from "node:readline"
import { readShared } from "../../src/kit/node/shared-read.ts"
import { answerWith, bodyBytes, requestFor, requestThatCloses } from "./messages.ts"

/** What is measured in one round. */
export type Round = {
  readonly port: number
  /** Requests a second; they arrive as a Poisson process. */
  readonly rate: number
  /** Kept alive; 0: each request opens one of its own. */
  readonly connections: number
  /** Of a hundred requests so many are answered late, and not counted. */
  readonly slowPercent: number
  readonly durationMs: number
}

/** What it took from when a request was due, not from when a connection was free for it. */
export type Took = { readonly requests: number; readonly p50Ms: number; readonly p99Ms: number }

/** The proxy has slept while others were measured: what it does first is not what is asked. */
const settleMs = 50
/** For the last answers; the slow ones take 50. */
const lingerMs = 80
const slowMs = 50
const giveUpMs = 10_000

const quick = requestFor("/api/cafes")
const slow = requestFor("/slow")
const last = requestThatCloses("/api/cafes")
const slowMark = slow[5]
const answer = answerWith("Server: bench\r\n")
const readBuffer = Buffer.allocUnsafeSlow(64 * 1024)

/** The round that goes on. One object for all: functions made anew in each round would be compiled anew, too. */
const now = {
  pool: [] as Connection[],
  port: 0,
  gapMs: 0,
  closes: false,
  slowPercent: 0,
  sent: 0,
  outstanding: 0,
  dueMs: 0,
  fromMs: 0,
  untilMs: 0,
  lateMs: [] as number[],
  tookMs: new Float64Array(1_000_000),
  count: 0,
}

class Connection {
  readonly #socket: Socket
  #dueMs = 0
  #isCounted = false
  #leftBytes = 0

  constructor(port: number, opened: (connection: Connection) => void) {
    const callback = (length: number) => {
      this.#read(length)
      return true
    }
    const options = { port, host: "127.0.0.1", noDelay: true, onread: { buffer: readBuffer, callback } }
    this.#socket = connect(options, () => opened(this))
    this.#socket.on("error", error => {
      throw error
    })
  }

  ask(dueMs: number): void {
    const isSlow = ++now.sent % 100 < now.slowPercent
    this.#dueMs = dueMs
    this.#isCounted = !isSlow && dueMs >= now.fromMs
    this.#leftBytes = -1
    this.#socket.write(now.closes ? last : isSlow ? slow : quick)
  }

  #read(length: number): void {
    // A head comes whole; proxies add to it, so where it ends is asked each time.
    if (this.#leftBytes >= 0) this.#leftBytes -= length
    else this.#leftBytes = bodyBytes - (length - readBuffer.indexOf("\r\n\r\n") - 4)
    if (this.#leftBytes > 0) return
    if (this.#isCounted) now.tookMs[now.count++] = performance.now() - this.#dueMs
    now.outstanding--
    const lateMs = now.lateMs.shift()
    if (now.closes) this.#socket.end()
    else if (lateMs === undefined) now.pool.push(this)
    else this.ask(lateMs)
  }
}

const pools = new Map<string, Connection[]>()

async function poolOf(port: number, count: number): Promise<Connection[]> {
  const key = `${port} ${count}`
  const pool = pools.get(key) ?? []
  pools.set(key, pool)
  while (pool.length < count) {
    pool.push(await new Promise<Connection>(resolve => new Connection(port, resolve)))
  }
  return pool
}

async function begin({ port, rate, connections, slowPercent, durationMs }: Round): Promise<void> {
  now.pool = await poolOf(port, connections)
  now.port = port
  now.gapMs = 1_000 / rate
  now.closes = connections === 0
  now.slowPercent = slowPercent
  now.count = 0
  now.dueMs = performance.now()
  now.fromMs = now.dueMs + settleMs
  now.untilMs = now.fromMs + durationMs
  turn()
}

/** It never sleeps, so that a request is sent when its time has come. */
function turn(): void {
  const nowMs = performance.now()
  while (now.dueMs <= nowMs && now.dueMs < now.untilMs) {
    send(now.dueMs)
    // What lies between two arrivals is distributed exponentially.
    now.dueMs -= Math.log(1 - Math.random()) * now.gapMs
  }
  if (nowMs > now.untilMs + giveUpMs) throw new Error(`${now.outstanding} requests were never answered`)
  if (nowMs < now.untilMs + lingerMs || now.outstanding > 0) setImmediate(turn)
  else tell()
}

function send(dueMs: number): void {
  now.outstanding++
  if (now.closes) {
    new Connection(now.port, opened => opened.ask(dueMs))
    return
  }
  const connection = now.pool.shift()
  if (connection === undefined) now.lateMs.push(dueMs)
  else connection.ask(dueMs)
}

function tell(): void {
  const sorted = now.tookMs.slice(0, now.count).sort()
  const quantile = (share: number) => sorted[Math.floor(sorted.length * share)]!
  const took: Took = { requests: sorted.length, p50Ms: quantile(0.5), p99Ms: quantile(0.99) }
  process.stdout.write(`${JSON.stringify(took)}\n`)
}

/**
 * Open-loop load, and the backend behind what is measured, in one process: so it takes no CPU from the proxy's, and
 * load and backend do not wait for each other to be scheduled. It takes a `Round` a line on its input and answers with
 * a `Took`. Nothing is sent twice; a connection that fails ends it.
 */
if (import.meta.main) {
  // Requests come whole, and one at a time on each connection.
  const backend = createServer({ noDelay: true }, socket => {
    readShared(socket, bytes => {
      if (bytes[5] === slowMark) setTimeout(() => socket.write(answer), slowMs)
      else socket.write(answer)
    })
    socket.on("error", () => {})
  })
  backend.listen(Number(process.argv[2]), "127.0.0.1", 4096)
  await once(backend, "listening")
  const lines = createInterface({ input: process.stdin })
  lines.on("line", line => void begin(JSON.parse(line) as Round))
  lines.once("close", () => process.exit())
}
