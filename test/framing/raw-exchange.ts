import net from "node:net"

export type Received = { readonly bytes: string; readonly end: "orderly" | "reset" | "time-out" }

/** Longer than any deadline of the front door under test: who runs into it hangs. */
const defaultPatienceMs = 30_000

/**
 * Writes the pieces, one write each, and reads until the other side ends. `ends`: says that nothing more will come.
 * A piece is written when the one before has left this process, so that they are likely read apart.
 */
export function rawExchange(
  address: net.NetConnectOpts,
  pieces: readonly string[],
  ends = false,
  patienceMs = defaultPatienceMs,
): Promise<Received> {
  return new Promise(resolve => {
    let bytes = ""
    let end: Received["end"] = "orderly"
    const socket = net.connect({ ...address, noDelay: true, allowHalfOpen: false })
    socket.setTimeout(patienceMs, () => {
      end = "time-out"
      socket.destroy()
    })
    socket.on("connect", () => writeAll(socket, pieces, ends))
    socket.on("data", data => {
      bytes += data.toString("latin1")
    })
    socket.on("error", () => {
      end = "reset"
    })
    socket.once("close", () => resolve({ bytes, end }))
  })
}

function writeAll(socket: net.Socket, [piece, ...others]: readonly string[], ends: boolean): void {
  if (!socket.writable) return
  if (piece === undefined) {
    if (ends) socket.end()
  } else if (others.length === 0) {
    socket.write(piece, "latin1")
    if (ends) socket.end()
  } else socket.write(piece, "latin1", () => setImmediate(() => writeAll(socket, others, ends)))
}
