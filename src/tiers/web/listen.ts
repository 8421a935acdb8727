import { rmSync, statSync } from "node:fs"
import { connect, type Server } from "node:net"
import { messageOf } from "../../kit/errors.ts"
import { webError } from "./web-errors.ts"

export type ListenAddress = { path: string } | { host: string; port: number }

/** What a sun_path holds; node cuts a longer one without a word. */
const maxPathBytes = 107
/** Connections that may wait to be accepted; the kernel takes the least of it and its own bound. */
const backlog = 4096

/** Listens, and tells where: a port given as 0 is chosen by the kernel. Throws BN2104. */
export async function listen(server: Server, address: ListenAddress): Promise<ListenAddress> {
  if ("path" in address) await clearPath(address.path)
  await new Promise<void>((resolve, reject) => {
    const failed = (error: Error) => reject(cannotListen(address, messageOf(error)))
    server.once("error", failed)
    server.listen({ ...address, backlog }, () => {
      server.off("error", failed)
      resolve()
    })
  })
  const bound = server.address()
  if ("path" in address || bound === null || typeof bound === "string") return address
  return { host: bound.address, port: bound.port }
}

/** Removes the socket of an instance that is gone; one that is alive keeps it. */
async function clearPath(path: string): Promise<void> {
  if (Buffer.byteLength(path) > maxPathBytes) {
    throw cannotListen({ path }, `the path is longer than the ${maxPathBytes} bytes a socket's may have`)
  }
  const found = statSync(path, { throwIfNoEntry: false })
  if (found === undefined) return
  if (!found.isSocket()) throw cannotListen({ path }, "there is something else, which is no socket")
  if (await answers(path)) throw cannotListen({ path }, "another process listens there")
  rmSync(path, { force: true })
}

function answers(path: string): Promise<boolean> {
  return new Promise(resolve => {
    const probe = connect(path)
    const tell = (alive: boolean) => {
      probe.destroy()
      resolve(alive)
    }
    probe.once("connect", () => tell(true))
    probe.once("error", () => tell(false))
  })
}

function cannotListen(address: ListenAddress, reason: string): Error {
  return webError("BN2104", {
    address: "path" in address ? address.path : `${address.host}:${address.port}`,
    reason,
  })
}
