import type { Socket } from "node:net"
import { Crowd } from "./crowd.ts"
import { ownCopy } from "./own-copy.ts"
import { writeQuick } from "./quick-write.ts"

/** Room for what is gathered in one turn. */
const sharedBytes = 64 * 1024
/**
 * Most writes are smaller. A larger one gets memory of its own, whose cost is small beside it, and is made at once: the
 * socket says whether there is room for more.
 */
const mostBytes = 16 * 1024 - 1
const mostQueued = 256

/** Shared by all connections: what is gathered in it has been written before its place is used again. */
let memory = Buffer.allocUnsafeSlow(sharedBytes)
let used = 0

/** What is to be written in this turn; no piece: the end. Two lists, so that a write makes no object. */
const sockets = new Array<Socket | undefined>(mostQueued).fill(undefined)
const queue = new Array<Piece | undefined>(mostQueued).fill(undefined)
let queued = 0

const crowd = new Crowd(() => performance.nodeTiming.uvMetricsInfo.loopCount)

/** Heads are latin-1 text, bodies are bytes. */
export type Piece = string | Uint8Array

/** The pieces in one buffer, for one write. It is borrowed: valid until the next call, unless a write here took it. */
export function gathered(pieces: readonly Piece[]): Buffer {
  let length = 0
  for (const piece of pieces) length += piece.length
  if (length > mostBytes) return filled(Buffer.allocUnsafeSlow(length), 0, pieces)
  if (used + length > sharedBytes) writeQueued()
  used += length
  return filled(memory, used - length, pieces).subarray(used - length, used)
}

function filled(target: Buffer, begin: number, pieces: readonly Piece[]): Buffer {
  let at = begin
  for (const piece of pieces) {
    if (typeof piece === "string") target.write(piece, at, "latin1")
    else target.set(piece, at)
    at += piece.length
  }
  return target
}

/** `socket.write` for a text, or bytes that may be borrowed from `gathered`. False: wait until it drains. */
export function writeShared(socket: Socket, bytes: Piece): boolean {
  if (queued > 0) writeQueued()
  const room = writeNow(socket, bytes)
  used = 0
  return room
}

/**
 * The same, but where many connections speak in one turn of the event loop, at its end and together with what they
 * write: code that reads and decides, and the kernel's that sends, then drive each other out of the CPU's caches less
 * often. Where few do there is nothing to gain, and who waits for the bytes has them sooner (docs/decisions/0025).
 * Whatever follows on this socket is to be written, and ended, by what stands here, too.
 */
export function writeInTurn(socket: Socket, bytes: Piece): boolean {
  if (!crowd.counts() || bytes.length > mostBytes || socket.writableLength > 0)
    return writeShared(socket, bytes)
  enqueue(socket, bytes)
  return true
}

/** `socket.end`, behind what was written in this turn. */
export function endInTurn(socket: Socket): void {
  enqueue(socket, undefined)
}

function enqueue(socket: Socket, piece: Piece | undefined): void {
  if (queued === mostQueued) writeQueued()
  if (queued === 0) setImmediate(writeQueued)
  sockets[queued] = socket
  queue[queued++] = piece
}

/** Writes now what waits for the end of this turn: before a socket is destroyed whose peer should have it. */
export function writeQueued(): void {
  const count = queued
  queued = 0
  for (let at = 0; at < count; at++) {
    const socket = sockets[at]!
    const piece = queue[at]
    sockets[at] = undefined
    queue[at] = undefined
    if (piece === undefined) socket.end()
    else writeNow(socket, piece)
  }
  used = 0
}

function writeNow(socket: Socket, bytes: Piece): boolean {
  // A text alone needs no bytes of ours: the kernel is given what it is made of.
  if (typeof bytes === "string" || bytes.buffer !== memory.buffer) return writeQuick(socket, bytes)
  // Behind others these wait, too: many small writes would each keep the whole memory.
  if (socket.writableLength > 0) return socket.write(ownCopy(bytes))
  const room = writeQuick(socket, bytes)
  // The kernel did not take all of it: the rest waits in that memory, so the socket keeps it.
  if (socket.writableLength > 0) memory = Buffer.allocUnsafeSlow(sharedBytes)
  return room
}
