/** Bytes of a body that may wait for the app before its sender has to. */
const maxQueuedBytes = 64 * 1024

/**
 * The body of one request on its way from the connection to the app. A body that came whole with its head is handed
 * over as bytes; every other one as a stream that asks the connection for more only when the app reads.
 */
export class RequestBody {
  readonly #onWanted: () => void
  readonly #lazy: boolean
  #chunks: Uint8Array[] = []
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined
  #wanted = true
  #discarding = false
  #ended = false
  #discardedBytes = 0

  /**
   * `onWanted` is called when the app asks for bytes. `lazy`: nothing is asked for before the app reads, because the
   * client waits for a 100 (Continue).
   */
  constructor(onWanted: () => void, lazy: boolean) {
    this.#onWanted = onWanted
    this.#lazy = lazy
  }

  /** Its last byte has come. */
  get ended(): boolean {
    return this.#ended
  }

  /** The app reads slower than bytes come: the sender has to wait. */
  get full(): boolean {
    return !this.#ended && !this.#wanted && !this.#discarding
  }

  /** Bytes thrown away since nobody wants them. */
  get discardedBytes(): number {
    return this.#discardedBytes
  }

  push(chunk: Uint8Array): void {
    if (this.#discarding) this.#discardedBytes += chunk.length
    else if (this.#controller === undefined) this.#chunks.push(chunk)
    else this.#enqueue(this.#controller, chunk)
  }

  end(): void {
    this.#ended = true
    if (!this.#discarding) this.#controller?.close()
  }

  /** The rest will never come. */
  fail(error: Error): void {
    if (!this.#discarding && !this.#ended) this.#controller?.error(error)
    this.#discarding = true
  }

  /**
   * Nobody wants the rest: it is read and thrown away, so that the next request can be reached. Whoever reads on behind
   * the answer's end gets an error instead of a wait for ever.
   */
  discard(): void {
    this.#discarding = true
    this.#chunks = []
    this.#controller?.error(
      new DOMException("The request was answered before its body had come.", "AbortError"),
    )
  }

  /** The body as it is handed to the app: bytes when it has come whole, else a stream. */
  handOver(): Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> {
    const chunks = this.#chunks as Uint8Array<ArrayBuffer>[]
    this.#chunks = []
    if (this.#ended) return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
    this.#wanted = !this.#lazy
    return new ReadableStream<Uint8Array>(
      {
        start: controller => {
          this.#controller = controller
          for (const chunk of chunks) this.#enqueue(controller, chunk)
        },
        pull: () => {
          this.#wanted = true
          this.#onWanted()
        },
        cancel: () => {
          this.discard()
          this.#onWanted()
        },
      },
      { highWaterMark: this.#lazy ? 0 : maxQueuedBytes, size: chunk => chunk?.byteLength ?? 0 },
    )
  }

  #enqueue(controller: ReadableStreamDefaultController<Uint8Array>, chunk: Uint8Array): void {
    this.#wanted = false
    // Wakes a reader that waits, and calls `pull` at once if there is room for more.
    controller.enqueue(chunk)
    if ((controller.desiredSize ?? 0) > 0) this.#wanted = true
  }
}
