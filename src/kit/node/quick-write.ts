import { Socket } from "node:net"
import { getSystemErrorName } from "node:util"

/** What Node's own sockets write by (its lib/internal/stream_base_commons.js). */
type Inside = {
  readonly WriteWrap: new () => Write
  /** At `kLastWriteWasAsync`: whether the kernel did not take all of the last write. */
  readonly streamBaseState: Int32Array
  readonly kLastWriteWasAsync: number
}

/** One write. It can be used again unless it is still going on. */
type Write = { oncomplete?: (status: number) => void; keeps?: unknown }

type Handle = {
  writeBuffer(write: Write, bytes: Uint8Array): number
  writeLatin1String(write: Write, text: string): number
}

type Opened = {
  readonly _handle?: Handle | null
  readonly encrypted?: boolean
  _write(bytes: unknown, encoding: string, done: (error?: Error | null) => void): void
}

const inside = insideOfNode()
let write = inside && new inside.WriteWrap()

/**
 * `socket.write` of bytes, or of latin-1 text, without a stream's bookkeeping where there is none to do: nothing waits
 * before it, and the kernel takes it at once. Otherwise, and where Node has changed inside, it is `socket.write`. False: wait until it
 * drains. The bytes are borrowed until then.
 */
export function writeQuick(socket: Socket, bytes: Uint8Array | string): boolean {
  const { _handle: handle, encrypted } = socket as unknown as Opened
  if (write === undefined || !handle || encrypted || !isAtRest(socket)) return writePlainly(socket, bytes)
  const error =
    typeof bytes === "string" ? handle.writeLatin1String(write, bytes) : handle.writeBuffer(write, bytes)
  // Asked the ordinary way, it fails in the ordinary way.
  if (error !== 0) return writePlainly(socket, bytes)
  const { streamBaseState, kLastWriteWasAsync, WriteWrap } = inside!
  if (streamBaseState[kLastWriteWasAsync] === 0) return true
  const going = write
  write = new WriteWrap()
  return waitsFor(going, socket, bytes)
}

function isAtRest(socket: Socket): boolean {
  return !socket.connecting && socket.writable && socket.writableLength === 0 && socket.writableCorked === 0
}

function writePlainly(socket: Socket, bytes: Uint8Array | string): boolean {
  return typeof bytes === "string" ? socket.write(bytes, "latin1") : socket.write(bytes)
}

/** The stream takes them for bytes it has given out itself: they count until they are written, and its end comes behind them. */
function waitsFor(going: Write, socket: Socket, bytes: Uint8Array | string): boolean {
  going.keeps = bytes
  const stream = socket as unknown as Opened
  stream._write = (_bytes, _encoding, done) => {
    going.oncomplete = status => done(status < 0 && !socket.destroyed ? failure(status) : null)
  }
  try {
    return writePlainly(socket, bytes)
  } finally {
    delete (stream as Partial<Opened>)._write
  }
}

function failure(status: number): Error {
  const code = getSystemErrorName(status)
  return Object.assign(new Error(`write ${code}`), { errno: status, code, syscall: "write" })
}

/** Undefined where Node has none of it any more. */
function insideOfNode(): Inside | undefined {
  try {
    const binding = (process as unknown as { binding(name: string): Partial<Inside> }).binding("stream_wrap")
    const { WriteWrap, streamBaseState, kLastWriteWasAsync } = binding
    const isThere =
      WriteWrap !== undefined && streamBaseState !== undefined && kLastWriteWasAsync !== undefined
    return isThere && "_write" in Socket.prototype ? (binding as Inside) : undefined
  } catch {
    return undefined
  }
}
