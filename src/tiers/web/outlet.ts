import type { Socket } from "node:net"

/** The writing side of a connection: says when to wait, and when nobody listens any more. */
export class Outlet {
  readonly #socket: Socket
  #wake: (() => void) | undefined
  #onGone: (() => void) | undefined

  constructor(socket: Socket) {
    this.#socket = socket
    socket.on("drain", this.#onDrain)
    socket.on("close", this.#onClose)
  }

  /** Nothing written from now on reaches anybody. */
  get gone(): boolean {
    return this.#socket.destroyed || !this.#socket.writable
  }

  write(...parts: readonly Uint8Array[]): void {
    if (this.gone) return
    this.#socket.cork()
    for (const part of parts) this.#socket.write(part)
    this.#socket.uncork()
  }

  /** Resolves when there is room for more, or nobody to send it to. */
  async room(): Promise<void> {
    while (!this.gone && this.#socket.writableNeedDrain) {
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
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
  }

  readonly #onClose = () => {
    this.#onDrain()
    this.#onGone?.()
  }
}
