import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import { WebSocketServer } from "ws"

/** Backends that outlive every change, one for each port of the command line; they answer as the drill's app does. */
const beatMs = 250

function answer(request: IncomingMessage, response: ServerResponse): void {
  if (request.url === "/events") {
    // The field is for nginx, which would gather the events otherwise.
    response.writeHead(200, { "content-type": "text/event-stream", "x-accel-buffering": "no" })
    const beat = () => response.write(`data: ${Date.now()}\n\n`)
    beat()
    const timer = setInterval(beat, beatMs)
    response.once("close", () => clearInterval(timer))
    return
  }
  let bytes = 0
  request.on("data", piece => {
    bytes += piece.length
  })
  request.on("end", () => response.end(request.method === "POST" ? `${bytes} bytes taken` : "here I am"))
}

for (const port of process.argv.slice(2).map(Number)) {
  // Longer than any proxy keeps an idle connection: no request meets the end of one.
  const server = createServer({ keepAliveTimeout: 600_000 }, answer)
  const sockets = new WebSocketServer({ noServer: true })
  server.on("upgrade", (request, socket, head) =>
    sockets.handleUpgrade(request, socket, head, peer => {
      const timer = setInterval(() => peer.send(String(Date.now())), beatMs)
      peer.on("error", () => {})
      peer.once("close", () => clearInterval(timer))
    }),
  )
  server.listen(port, "127.0.0.1", 4096)
}
