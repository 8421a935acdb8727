import type { Socket } from "node:net"
import { gathered, type Piece, writeShared } from "../../kit/node/shared-write.ts"

const maxCopiedBytes = 8 * 1024
const nothing = Buffer.alloc(0)

/** The writing side of a connection: says when to wait, and when nobody listens any more. */
export class Outlet {
  readonly #socket: Socket
  readonly #onRoom: () => void
  #wake: (() => void) | undefined
  #onGone: (() => void) | undefined

  /** `onRoom`: what was written has been taken. */
  constructor(socket: Socket, onRoom: () => void) {
    this.#socket = socket
    this.#onRoom = onRoom
    socket.on("drain", this.#onDrain)
    socket.on("close", this.#onClose)
  }

  /** Nothing written from now on reaches anybody. */
  get gone(): boolean {
    return this.#socket.destroyed || !this.#socket.writable
  }

  /** More was written than the peer takes for now. */
  get full(): boolean {
    return this.#socket.writableNeedDrain
  }

  /** The kernel has not taken all that was written. */
  get unsent(): boolean {
    return this.#socket.writableLength > 0
  }

  /** In one write; texts are latin-1. What is small is copied together, what is large goes as it is. */
  write(...pieces: readonly Piece[]): void {
    if (this.gone) return
    const socket = this.#socket
    if (pieces.every(piece => piece.length <= maxCopiedBytes)) {
      writeShared(socket, gathered(pieces))
      return
    }
    socket.cork()
    for (const piece of pieces) socket.write(piece, "latin1")
    socket.uncork()
  }

  /** Resolves when there is room for more, or nobody to send it to. */
  async room(): Promise<void> {
    while (!this.gone && this.full) {
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
  }

  /** Resolves when the kernel has taken all that was written, or nobody takes it any more. */
  async flushed(): Promise<void> {
    if (this.gone || !this.unsent) return
    await new Promise<void>(resolve => this.#socket.write(nothing, () => resolve()))
  }

  /** At most one at a time; `undefined` removes it. */
  onGone(listener: (() => void) | undefined): void {
    this.#onGone = listener
  }

  /** Cuts the connection in the middle of what is being written: the peer sees that it is not whole. */
  cut(): void {
    this.#socket.destroy()
  }

  /** The socket goes into other hands. */
  release(): void {
    this.#socket.off("drain", this.#onDrain)
    this.#socket.off("close", this.#onClose)
  }

  readonly #onDrain = () => {
    const wake = this.#wake
    this.#wake = undefined
    wake?.()
    this.#onRoom()
  }

  readonly #onClose = () => {
    this.#onDrain()
    this.#onGone?.()
  }
}
