import { Socket } from "node:net"

const readBuffer = Buffer.allocUnsafeSlow(64 * 1024)

/** Where Node keeps what `onread` sets (its lib/net.js). Undefined where it keeps that otherwise by now. */
const [bufferKey, callbackKey] = ["kBuffer", "kBufferCb"].map(name =>
  Object.getOwnPropertySymbols(new Socket()).find(({ description }) => description === name),
)

type Inside = {
  [key: symbol]: unknown
  readonly _handle?: { useUserBuffer?(buffer: Buffer): void } | null
}

/**
 * Reads an accepted connection into one buffer shared by all, instead of a fresh 64 KiB for each read. Bytes are
 * borrowed: they are valid until `onBytes` returns; what it returns may be `false` to read no more until the socket is
 * resumed.
 *
 * `onread` is public for connections that are opened, but not for accepted ones; so what it does is done here. Where
 * Node has changed inside, its ordinary way of reading does as well.
 */
export function readShared(accepted: Socket, onBytes: (bytes: Buffer) => unknown): void {
  const inside = accepted as unknown as Inside
  const handle = inside._handle
  if (bufferKey === undefined || callbackKey === undefined || !handle?.useUserBuffer) {
    accepted.on("data", bytes => onBytes(bytes) !== false || accepted.pause())
    return
  }
  inside[bufferKey] = readBuffer
  inside[callbackKey] = (length: number) => onBytes(readBuffer.subarray(0, length)) !== false
  handle.useUserBuffer(readBuffer)
}
