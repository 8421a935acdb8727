import http from "node:http"
import { join } from "node:path"
import { echoField } from "../judge.ts"
import { temporaryFolder } from "../tap.ts"
import type { Backend } from "./backend.ts"

export const node: Backend = {
  name: "Node",
  version: process.versions.node,
  declines: {
    "method-unknown": 400,
    "method-lower-case": 400,
    "method-of-digits": 400,
    "method-odd-token": 400,
  },
  async start(cleanUp) {
    const server = http.createServer({ maxHeaderSize: 64 * 1024, keepAliveTimeout: 60_000 }, answer)
    const address = { path: join(temporaryFolder(cleanUp), "node") }
    cleanUp.after(() => {
      server.close()
      server.closeAllConnections()
    })
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject)
      server.listen(address, resolve)
    })
    return address
  },
}

function answer(request: http.IncomingMessage, response: http.ServerResponse): void {
  let length = 0
  request.on("data", (bytes: Buffer) => {
    length += bytes.length
  })
  request.on("error", () => {})
  request.on("end", () => {
    const echo = `${request.method} ${request.url} ${length}`
    response.writeHead(200, { [echoField]: echo, "Content-Length": 3 }).end("ok\n")
  })
}
