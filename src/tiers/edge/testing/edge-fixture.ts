import { mkdtempSync, rmSync } from "node:fs"
import http from "node:http"
import net from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { TestContext } from "node:test"
import type { Clock } from "../../../kit/clock.ts"
import { systemClock } from "../../../kit/node/system-clock.ts"
import { seededRandom } from "../../../kit/random.ts"
import type { Address, Backend, ServiceMap } from "../../../wire/map.ts"
import { createEdge } from "../create-edge.ts"
import type { AccessEntry, Edge, EdgeLimits } from "../edge.ts"

export const quietLog = { info() {}, error() {} }

let counter = 0

export function mapOf(
  backends: ReadonlyArray<{ id: string; address: Address } & Partial<Backend>>,
  front: "open" | "closed" = "open",
  drainTimeoutMs = 5_000,
): ServiceMap {
  return {
    wire: 1,
    epoch: { term: 1, counter: ++counter },
    stage: "balanced",
    fronts: [{ id: "edge-1", state: front }],
    backends: backends.map(backend => ({ weight: 1, state: "active", version: "1", ...backend })),
    databases: [],
    settings: { drainTimeoutMs },
  }
}

export type RunningEdge = { edge: Edge; port: number; log: AccessEntry[] }

/** An edge on a free port in front of the given backends; it is ready when this resolves. */
export async function startEdge(
  t: TestContext,
  backends: ReadonlyArray<{ id: string; address: Address } & Partial<Backend>>,
  limits: Partial<EdgeLimits> = {},
  { clock = systemClock, host = "127.0.0.1" }: { clock?: Clock; host?: string } = {},
): Promise<RunningEdge> {
  const log: AccessEntry[] = []
  const edge = createEdge({
    id: "edge-1",
    listen: { host, port: 0 },
    limits,
    clock,
    random: seededRandom(1),
    accessLog: entry => log.push(entry),
    log: quietLog,
  })
  t.after(() => edge.stop(1))
  await edge.apply(mapOf(backends))
  if (backends.length > 0) await until(() => edge.ready)
  return { edge, port: edge.address()!.port, log }
}

export type TestBackend = {
  id: string
  address: { path: string }
  /** Requests taken, health checks apart. */
  requests: number
  server: net.Server
  /** As if killed: no one listens and every connection is reset. */
  kill(): void
  restart(): Promise<void>
}

/** A node:http backend on a Unix socket; health checks are answered 200 while `health()` says so. */
export async function startBackend(
  t: TestContext,
  handle: http.RequestListener,
  options: { id?: string; health?: () => number; prepare?: (server: http.Server) => void } = {},
): Promise<TestBackend> {
  const id = options.id ?? `web-${++counter}`
  const path = join(temporaryFolder(t), "s")
  const sockets = new Set<net.Socket>()
  const make = () => {
    const server = http.createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
      if (request.url === "/.banyan/health") {
        response.writeHead(options.health?.() ?? 200).end()
        return
      }
      backend.requests++
      handle(request, response)
    })
    server.on("connection", socket => {
      sockets.add(socket)
      socket.once("close", () => sockets.delete(socket))
    })
    options.prepare?.(server)
    return server
  }
  let server = make()
  const backend: TestBackend = {
    id,
    address: { path },
    requests: 0,
    get server() {
      return server
    },
    kill() {
      net.Server.prototype.close.call(server)
      for (const socket of sockets) socket.destroy()
    },
    async restart() {
      server = make()
      await listening(server, { path })
    },
  }
  t.after(() => backend.kill())
  await listening(server, { path })
  return backend
}

/**
 * A backend of raw bytes: `answer` gets each request's text (head and what came with it) but health checks, which are
 * answered 200 while `isWell()`, else not at all.
 */
export async function startRawBackend(
  t: TestContext,
  answer: (socket: net.Socket, text: string, count: number) => void,
  isWell = () => true,
): Promise<{ id: string; address: { path: string }; connections: number; received: string[] }> {
  const path = join(temporaryFolder(t), "s")
  const sockets = new Set<net.Socket>()
  const backend = { id: `raw-${++counter}`, address: { path }, connections: 0, received: [] as string[] }
  const server = net.createServer(socket => {
    sockets.add(socket)
    socket.on("error", () => {})
    socket.once("close", () => sockets.delete(socket))
    socket.on("data", bytes => {
      const text = bytes.toString("latin1")
      if (text.startsWith("GET /.banyan/health")) {
        if (isWell()) socket.end("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        return
      }
      backend.received.push(text)
      answer(socket, text, backend.received.length)
    })
  })
  t.after(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  await listening(server, { path })
  return backend
}

export function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "edge-"))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

function listening(server: net.Server, where: { path: string }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject)
    server.listen(where, resolve)
  })
}

/** Waits for a condition; fails after a time that only a hang takes. */
export async function until(
  condition: () => boolean,
  words = "the condition",
  timeoutMs = 20_000,
): Promise<void> {
  const deadline = Date.now() + timeoutMs
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`${words} did not come true within ${timeoutMs} ms`)
    await new Promise(resolve => setTimeout(resolve, 2))
  }
}
