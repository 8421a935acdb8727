import { createServer as createHttpServer, type RequestListener } from "node:http"
import { type AddressInfo, createServer, type Server, type Socket } from "node:net"
import type { TestContext } from "node:test"
import type { LoadTarget } from "../load.ts"

/** A real HTTP server on a free port, gone with the test. */
export async function httpServer(t: TestContext, listener: RequestListener): Promise<LoadTarget> {
  const server = createHttpServer(listener)
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return listening(server)
}

/** A real TCP server that may answer as it likes. */
export async function rawServer(t: TestContext, onConnection: (socket: Socket) => void): Promise<LoadTarget> {
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket)
    socket.on("error", () => {})
    onConnection(socket)
  })
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return listening(server)
}

/** A port that nothing listens on. */
export async function deadPort(): Promise<LoadTarget> {
  const server = createServer()
  const target = await listening(server)
  await new Promise(resolve => server.close(resolve))
  return target
}

export async function listening(server: Server): Promise<LoadTarget> {
  await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve))
  return { host: "127.0.0.1", port: (server.address() as AddressInfo).port }
}
