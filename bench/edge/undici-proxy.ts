import { createServer } from "node:http"
import { Agent } from "undici"

/** The usual hand-written proxy: node:http in front, undici's dispatch behind, head and first bytes written at once. */
const [port, upstream] = process.argv.slice(2).map(Number) as [number, number]
const agent = new Agent({ connections: 512, pipelining: 1 })

createServer((request, response) => {
  agent.dispatch(
    {
      origin: `http://127.0.0.1:${upstream}`,
      path: request.url!,
      method: request.method as "GET",
      headers: {
        host: request.headers.host,
        cookie: request.headers.cookie,
        "x-forwarded-for": request.socket.remoteAddress,
      },
    },
    {
      onRequestStart() {},
      onResponseStart(_controller, status, headers) {
        response.writeHead(status, headers as Record<string, string>)
      },
      onResponseData(_controller, piece) {
        response.write(piece)
      },
      onResponseEnd() {
        response.end()
      },
      onResponseError() {
        response.destroy()
      },
    },
  )
}).listen(port, "127.0.0.1", 4096)
