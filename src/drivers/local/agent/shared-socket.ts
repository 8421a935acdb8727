import * as net from "node:net"
import { getSystemErrorName } from "node:util"
import { driversError } from "../../drivers-errors.ts"
import type { SocketAddress } from "../agent-protocol.ts"
import { holderOfPort } from "../port-holder.ts"

/**
 * A TCP socket that is bound here and handed to children, who listen and accept on it. This process does neither:
 * a process that listens through Node also accepts, and what it accepted would be stuck in it.
 */
export type SharedSocket = SocketAddress & {
  readonly fd: number
  close(): void
}

/** The part of Node's TCP handle that is used. It is internal, but it is what `cluster` hands to its workers. */
type RawHandle = {
  readonly fd: number
  getsockname(out: { address?: string; port?: number }): number
  close(): void
}
type CreateServerHandle = (host: string | null, port: number, type: number, fd: number) => RawHandle | number
const createServerHandle = (net as unknown as { _createServerHandle: CreateServerHandle })._createServerHandle

/**
 * Binds an address; port 0 takes a free one.
 *
 * libuv keeps a busy port to itself until listen(), which would then take a random port of every address. So the
 * socket is asked for its name, and it must be the one that was given. Throws BN1402 (busy) or BN1403.
 */
export async function bindSocket(host: string, port: number): Promise<SharedSocket> {
  const ip = host === "localhost" ? "127.0.0.1" : host
  const family = net.isIP(ip)
  if (family === 0) throw driversError("BN1403", { host, port, reason: "it is no IP address" })
  const handle = createServerHandle(ip, port, family, -1)
  if (typeof handle === "number") {
    if (getSystemErrorName(handle) === "EADDRINUSE") throw busy(host, port)
    throw driversError("BN1403", { host, port, reason: getSystemErrorName(handle) })
  }
  const bound = nameOf(handle)
  const claim = bound === undefined ? undefined : await claimPort(ip, bound.port)
  if (bound === undefined || claim === undefined || (port !== 0 && bound.port !== port)) {
    handle.close()
    throw busy(host, port)
  }
  return {
    ...bound,
    fd: handle.fd,
    close() {
      handle.close()
      claim.close()
    },
  }
}

/** A shared socket this process was born with: a front door passes it on when the former agent has died. */
export function openInheritedSocket(fd: number): SharedSocket {
  const handle = createServerHandle(null, 0, 4, fd)
  const bound = typeof handle === "number" ? undefined : nameOf(handle)
  if (typeof handle === "number" || bound === undefined) {
    throw driversError("BN1403", { host: "fd", port: fd, reason: "it holds no bound TCP socket" })
  }
  return { ...bound, fd: handle.fd, close: () => handle.close() }
}

function nameOf(handle: RawHandle): SocketAddress | undefined {
  const name: { address?: string; port?: number } = {}
  const failed = handle.getsockname(name) !== 0
  return failed || !name.address || !name.port ? undefined : { host: name.address, port: name.port }
}

/**
 * Two sockets with SO_REUSEADDR may be bound to one port as long as neither listens: two agents that start at the
 * same moment would both succeed and the second front door would fail much later. So agents also claim the port by a
 * name in Linux's abstract socket space, which like a port belongs to the network namespace and ends with its holder.
 */
function claimPort(host: string, port: number): Promise<{ close(): void } | undefined> {
  if (process.platform !== "linux") return Promise.resolve({ close() {} })
  const claim = net.createServer(socket => socket.destroy())
  claim.unref()
  return new Promise(resolve => {
    claim.once("error", () => resolve(undefined))
    claim.listen({ path: `\0banyan-port-${host}-${port}` }, () => resolve({ close: () => claim.close() }))
  })
}

function busy(host: string, port: number): Error {
  return driversError("BN1402", { host, port, holder: holderOfPort(port) })
}
