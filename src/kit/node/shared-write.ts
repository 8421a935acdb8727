import type { Socket } from "node:net"
import { ownCopy } from "./own-copy.ts"

/** Most writes are smaller; a larger one gets memory of its own, whose cost is small beside it. */
const sharedBytes = 16 * 1024

/** Shared by all connections: what is gathered is written before the next turn gathers. */
let memory = Buffer.allocUnsafeSlow(sharedBytes)

/** Heads are latin-1 text, bodies are bytes. */
export type Piece = string | Uint8Array

/** The pieces in one buffer, for one write. It is borrowed: valid until the next call, unless `writeShared` took it. */
export function gathered(pieces: readonly Piece[]): Buffer {
  let length = 0
  for (const piece of pieces) length += piece.length
  const target = length > sharedBytes ? Buffer.allocUnsafeSlow(length) : memory
  let at = 0
  for (const piece of pieces) {
    if (typeof piece === "string") target.write(piece, at, "latin1")
    else target.set(piece, at)
    at += piece.length
  }
  return target.subarray(0, length)
}

/** `socket.write` for a text, or bytes that may be borrowed from `gathered`. False: wait until it drains. */
export function writeShared(socket: Socket, bytes: Piece): boolean {
  // A text alone needs no bytes of ours: the kernel is given what it is made of.
  if (typeof bytes === "string") return socket.write(bytes, "latin1")
  if (bytes.buffer !== memory.buffer) return socket.write(bytes)
  // Behind others these wait, too: many small writes would each keep the whole memory.
  if (socket.writableLength > 0) return socket.write(ownCopy(bytes))
  const room = socket.write(bytes)
  // The kernel did not take all of it: the rest waits in that memory, so the socket keeps it.
  if (socket.writableLength > 0) memory = Buffer.allocUnsafeSlow(sharedBytes)
  return room
}
