import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { getRequestListener } from "@hono/node-server"
import { createRoutes, type RoutesOptions } from "./routes.ts"

export type AdminApiOptions = Omit<RoutesOptions, "port"> & {
  /** The listening socket: inherited (bound by the agent), or opened here. Loopback only. */
  readonly listen: { readonly fd: number } | { readonly host: string; readonly port: number }
}

export type AdminApi = {
  readonly address: { readonly host: string; readonly port: number }
  close(): Promise<void>
}

/** Serves the admin API and the console. Resolves when it listens; may be called before `control.start()`. */
export async function startAdminApi(options: AdminApiOptions): Promise<AdminApi> {
  let port = 0
  const app = createRoutes({ ...options, port: () => port })
  const server = createServer(getRequestListener(app.fetch))
  // One person's browser and a few command lines: small limits suffice. Event streams have no end.
  server.headersTimeout = 10_000
  server.requestTimeout = 30_000
  server.maxConnections = 256
  const address = await listen(server, options.listen)
  port = address.port
  return {
    address: { host: address.address, port },
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function listen(server: Server, where: AdminApiOptions["listen"]): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once("error", reject)
    server.listen({ ...where }, () => {
      server.off("error", reject)
      resolve(server.address() as AddressInfo)
    })
  })
}
