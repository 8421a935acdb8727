import { Agent, createServer, type IncomingMessage, type ServerResponse } from "node:http"
import { createRequire } from "node:module"

/** The part of it that is used; it ships no types. */
type HttpProxy = {
  createProxyServer(options: object): {
    web(request: IncomingMessage, response: ServerResponse): void
    on(event: "error", listener: (error: Error, request: unknown, response: ServerResponse) => void): void
  }
}
const httpProxy = createRequire(import.meta.url)("http-proxy") as HttpProxy

/** http-proxy with kept-alive connections and forwarded fields. */
const [port, upstream] = process.argv.slice(2).map(Number) as [number, number]
const proxy = httpProxy.createProxyServer({
  target: `http://127.0.0.1:${upstream}`,
  agent: new Agent({ keepAlive: true, maxSockets: 512 }),
  xfwd: true,
})
proxy.on("error", (_error, _request, response) => response.destroy())
createServer((request, response) => proxy.web(request, response)).listen(port, "127.0.0.1", 4096)
