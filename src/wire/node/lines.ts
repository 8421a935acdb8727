import type { Socket } from "node:net"
import { StringDecoder } from "node:string_decoder"

/** Longest line accepted on a link; a peer that sends more is cut off. */
export const maxLineBytes = 1 << 20

/**
 * Calls back for each newline-ended line of a stream socket. A line over `maxLineBytes` destroys the socket:
 * a link carries small messages, so such a peer is broken.
 */
export function onLines(socket: Socket, onLine: (line: string) => void): void {
  const decoder = new StringDecoder("utf8")
  let pending = ""
  socket.on("data", (chunk: Buffer) => {
    pending += decoder.write(chunk)
    const lines = pending.split("\n")
    pending = lines.pop() ?? ""
    for (const line of lines) if (line !== "") onLine(line)
    if (pending.length > maxLineBytes) socket.destroy(new Error(`line over ${maxLineBytes} bytes`))
  })
}
