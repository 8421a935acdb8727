import { writeFileSync } from "node:fs"
import http from "node:http"
import http2 from "node:http2"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { freePort } from "../../src/kit/node/free-port.ts"
import { systemClock } from "../../src/kit/node/system-clock.ts"
import { seededRandom } from "../../src/kit/random.ts"
import { createEdge } from "../../src/tiers/edge/create-edge.ts"
import { mapOf, quietLog, until } from "../../src/tiers/edge/testing/edge-fixture.ts"
import type { Address } from "../../src/wire/map.ts"
import { startProgram, versionOf } from "../framing/backends/program.ts"
import { type CleanUp, temporaryFolder } from "../framing/tap.ts"
import { cookieField, echoField } from "./judge.ts"

/** A server of HTTP/2 without TLS, all of whose answers say what was read. */
export type Http2Server = {
  readonly name: string
  /** Empty when it is not on this machine. */
  readonly version: string
  start(cleanUp: CleanUp): Promise<RunningServer>
}

export type RunningServer = {
  readonly address: Address
  /** What a backend of HTTP/1.1 got since the last look: method, target, host. */
  takeRequests(): string[]
}

type Answering = http.RequestListener

/** `/wait` is never answered. */
const answering =
  (got: string[]): Answering =>
  (request, response) => {
    if (request.url === "/.banyan/health") {
      response.end()
      return
    }
    got.push(`${request.method} ${request.url} ${request.headers.host ?? request.headers[":authority"]}`)
    let length = 0
    request.on("data", bytes => (length += bytes.length)).on("error", () => {})
    if (request.url === "/wait") return
    request.on("end", () => {
      response.setHeader(echoField, `${request.method} ${request.url} ${length}`)
      response.setHeader(cookieField, request.headers.cookie ?? "")
      response.end("0123456789")
    })
  }

async function startBackend(cleanUp: CleanUp): Promise<RunningServer & { address: { path: string } }> {
  const got: string[] = []
  const server = http.createServer({ maxHeaderSize: 128 * 1024, keepAliveTimeout: 60_000 }, answering(got))
  const address = { path: join(temporaryFolder(cleanUp), "backend") }
  await new Promise<void>(resolve => server.listen(address, resolve))
  cleanUp.after(() => {
    server.close()
    server.closeAllConnections()
  })
  return { address, takeRequests: () => got.splice(0) }
}

export const banyan: Http2Server = {
  name: "Banyan",
  version: "here",
  async start(cleanUp) {
    const backend = await startBackend(cleanUp)
    const edge = createEdge({
      id: "edge-1",
      listen: { host: "127.0.0.1", port: 0 },
      limits: {},
      clock: systemClock,
      random: seededRandom(1),
      accessLog() {},
      log: quietLog,
    })
    cleanUp.after(() => edge.stop(1))
    await edge.apply(mapOf([{ id: "web-1", address: backend.address }]))
    await until(() => edge.ready, "a backend")
    return { address: edge.address()!, takeRequests: backend.takeRequests }
  },
}

const node: Http2Server = {
  name: "Node (nghttp2)",
  version: `${process.versions.node} (${process.versions.nghttp2})`,
  async start(cleanUp) {
    const got: string[] = []
    const server = http2.createServer({ settings: { maxConcurrentStreams: 100 } }, answering(got) as never)
    server.on("sessionError", () => {})
    const sessions = new Set<http2.ServerHttp2Session>()
    server.on("session", session => {
      sessions.add(session)
      session.on("error", () => {}).once("close", () => sessions.delete(session))
    })
    await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve))
    cleanUp.after(() => {
      server.close()
      for (const session of sessions) session.destroy()
    })
    const { port } = server.address() as AddressInfo
    return { address: { host: "127.0.0.1", port }, takeRequests: () => got.splice(0) }
  },
}

const nginx: Http2Server = {
  name: "nginx",
  version: versionOf("nginx", "-v", /nginx\/(\S+)/),
  async start(cleanUp) {
    const backend = await startBackend(cleanUp)
    const folder = temporaryFolder(cleanUp)
    const address = { path: join(folder, "nginx") }
    const file = join(folder, "nginx.conf")
    writeFileSync(file, nginxConfiguration(folder, backend.address.path))
    await startProgram(["nginx", "-c", file, "-p", folder], address, cleanUp)
    return { address, takeRequests: backend.takeRequests }
  },
}

const haproxy: Http2Server = {
  name: "HAProxy",
  version: versionOf("haproxy", "-v", /version (\S+)/),
  async start(cleanUp) {
    const backend = await startBackend(cleanUp)
    const address = { host: "127.0.0.1", port: await freePort() }
    const file = join(temporaryFolder(cleanUp), "haproxy.cfg")
    writeFileSync(file, haproxyConfiguration(address.port, backend.address.path))
    await startProgram(["haproxy", "-db", "-f", file], address, cleanUp)
    return { address, takeRequests: backend.takeRequests }
  },
}

/** By others: they check the corpus, as it checks them. */
export const peers: readonly Http2Server[] = [node, nginx, haproxy]

const nginxConfiguration = (folder: string, backend: string) => `daemon off;
master_process off;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log;
events { worker_connections 512; }
http {
  access_log off;
  http2_max_concurrent_streams 100;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  server {
    listen unix:${folder}/nginx http2;
    location / {
      proxy_pass http://unix:${backend};
      proxy_http_version 1.1;
    }
  }
}
`

const haproxyConfiguration = (port: number, backend: string) => `global
  nbthread 1
  maxconn 200
  tune.h2.max-concurrent-streams 100
defaults
  mode http
  timeout connect 2s
  timeout client 60s
  timeout server 60s
listen front
  bind 127.0.0.1:${port} proto h2
  server node unix@${backend}
`
