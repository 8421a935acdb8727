import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import { type AddressInfo, connect, createServer, type Socket } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { TestContext } from "node:test"
import { type Place, ToxicProxy } from "../toxic-proxy.ts"

/** One end of a connection, with all it has seen. */
export class SocketEnd {
  readonly socket: Socket
  text = ""
  /** Sizes of what came, piece by piece. */
  readonly pieces: number[] = []
  ended = false
  error: string | undefined

  constructor(socket: Socket) {
    this.socket = socket
    socket.on("data", bytes => {
      this.text += bytes.toString("latin1")
      this.pieces.push(bytes.length)
    })
    socket.on("end", () => {
      this.ended = true
    })
    socket.on("error", (error: NodeJS.ErrnoException) => {
      this.error = error.code
    })
  }

  /** Resolves as soon as it is true of this end. */
  async until(ready: (end: SocketEnd) => boolean): Promise<void> {
    while (!ready(this)) await new Promise(resolve => setTimeout(resolve, 1))
  }

  has(text: string): Promise<void> {
    return this.until(end => end.text === text)
  }
}

export type Line = {
  readonly proxy: ToxicProxy
  /** A new client of the proxy. */
  readonly client: () => Promise<SocketEnd>
  /** The server's ends, in the order they came. */
  readonly server: SocketEnd[]
  /** A client, and its end at the server. */
  readonly both: () => Promise<{ client: SocketEnd; server: SocketEnd }>
}

export type Family = "tcp" | "unix"

export function freshPlace(t: TestContext, family: Family): Place {
  if (family === "tcp") return { host: "127.0.0.1", port: 0 }
  const folder = mkdtempSync(join(tmpdir(), "banyan-toxic-"))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return { path: join(folder, "s.sock") }
}

/** A server, a toxic proxy before it, and clients; everything ends with the test. */
export async function lineThrough(t: TestContext, front: Family, back: Family, seed = 1): Promise<Line> {
  const ends: SocketEnd[] = []
  const server = createServer({ allowHalfOpen: true }, socket => ends.push(new SocketEnd(socket)))
  const place = freshPlace(t, back)
  server.listen({ ...place })
  await once(server, "listening")
  t.after(() => {
    for (const { socket } of ends) socket.destroy()
    server.close()
  })
  const to = "path" in place ? place : { ...place, port: (server.address() as AddressInfo).port }
  const proxy = await ToxicProxy.listen({ listen: freshPlace(t, front), to, seed })
  t.after(() => proxy.close())
  const client = () => clientOf(t, proxy.address)
  const both = async () => {
    const next = ends.length
    const opened = await client()
    await opened.until(() => ends.length > next)
    return { client: opened, server: ends[next]! }
  }
  return { proxy, client, server: ends, both }
}

export async function clientOf(t: TestContext, place: Place): Promise<SocketEnd> {
  const socket = connect({ ...place, allowHalfOpen: true, noDelay: true })
  t.after(() => socket.destroy())
  const end = new SocketEnd(socket)
  await once(socket, "connect")
  return end
}

/** Silence cannot be awaited: long enough for loopback to have brought what was coming. */
export function aWhile(): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, 60))
}
