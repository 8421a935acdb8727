import { Socket, type SocketConstructorOpts } from "node:net"

const readBuffer = Buffer.allocUnsafeSlow(64 * 1024)

/**
 * Reads an accepted, still paused connection into one buffer shared by all, instead of a fresh 64 KiB for each read.
 * Bytes are borrowed: they are valid until `onBytes` returns; what it returns may be `false` to read no more until the
 * socket is resumed. Returns the socket to use from now on.
 *
 * `onread` is public for connections that are opened, but not for accepted ones; so the accepted socket's handle is
 * moved into a new socket. Where Node has no such handle any more, its ordinary way of reading does as well.
 */
export function readShared(accepted: Socket, onBytes: (bytes: Buffer) => unknown): Socket {
  const holder = accepted as unknown as { _handle: object | null }
  const handle = holder._handle
  if (typeof handle !== "object" || handle === null) {
    accepted.on("data", onBytes)
    return accepted
  }
  holder._handle = null
  accepted.destroy()
  const options = {
    handle,
    allowHalfOpen: true,
    onread: {
      buffer: readBuffer,
      callback: (length: number) => onBytes(readBuffer.subarray(0, length)) !== false,
    },
  }
  return new Socket(options as SocketConstructorOpts)
}
