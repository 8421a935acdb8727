/** Bytes of a body that may wait for the app before its sender has to. */
const maxQueuedBytes = 64 * 1024

type Collector = {
  readonly resolve: (bytes: Uint8Array<ArrayBuffer>) => void
  readonly reject: (error: Error) => void
}

/**
 * The body of one request on its way from the connection to the app, which takes it in one of two ways: `collect` for
 * all of it at once, or `handOver` for a stream that asks the connection for more only when the app reads. Until it
 * decides, a little is held and the sender waits.
 */
export class RequestBody {
  readonly #onWanted: () => void
  readonly #lazy: boolean
  #chunks: Uint8Array<ArrayBuffer>[] = []
  #queuedBytes = 0
  /** Who takes it, from `collect` or `handOver` on. */
  #collector: Collector | undefined
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined
  /** The stream has room. */
  #wanted = false
  #discarding = false
  #ended = false
  #discardedBytes = 0
  /** Why the rest will never come. */
  #failure: Error | undefined

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
    if (this.#ended || this.#discarding || this.#collector !== undefined) return false
    if (this.#controller !== undefined) return !this.#wanted
    return this.#lazy || this.#queuedBytes >= maxQueuedBytes
  }

  /** Bytes thrown away since nobody wants them. */
  get discardedBytes(): number {
    return this.#discardedBytes
  }

  /** `chunk` is borrowed. */
  push(chunk: Uint8Array): void {
    if (this.#discarding) this.#discardedBytes += chunk.length
    else if (this.#controller !== undefined) this.#enqueue(this.#controller, new Uint8Array(chunk))
    else {
      this.#chunks.push(new Uint8Array(chunk))
      this.#queuedBytes += chunk.length
    }
  }

  end(): void {
    this.#ended = true
    if (this.#discarding) return
    this.#controller?.close()
    this.#collector?.resolve(this.#taken())
  }

  /** The rest will never come. */
  fail(error: Error): void {
    if (this.#ended || this.#discarding) return
    this.#discarding = true
    this.#failure = error
    this.#chunks = []
    this.#controller?.error(error)
    this.#collector?.reject(error)
  }

  /**
   * Nobody wants the rest: it is read and thrown away, so that the next request can be reached. Whoever reads on behind
   * the answer's end gets an error instead of a wait for ever.
   */
  discard(): void {
    this.fail(new DOMException("The request was answered before its body had come.", "AbortError"))
  }

  /** All of it, once it has come. */
  collect(): Promise<Uint8Array<ArrayBuffer>> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    if (this.#ended) return Promise.resolve(this.#taken())
    return new Promise((resolve, reject) => {
      this.#collector = { resolve, reject }
      this.#onWanted()
    })
  }

  /** For a Request of the platform: bytes when it has come whole, else a stream. */
  handOver(): Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> {
    if (this.#ended && this.#failure === undefined) return this.#taken()
    const chunks = this.#chunks
    this.#chunks = []
    return new ReadableStream<Uint8Array>(
      {
        start: controller => {
          this.#controller = controller
          this.#wanted = !this.#lazy
          if (this.#failure !== undefined) controller.error(this.#failure)
          else for (const chunk of chunks) this.#enqueue(controller, chunk)
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

  #taken(): Uint8Array<ArrayBuffer> {
    const chunks = this.#chunks
    this.#chunks = []
    return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
  }

  #enqueue(controller: ReadableStreamDefaultController<Uint8Array>, chunk: Uint8Array): void {
    this.#wanted = false
    // Wakes a reader that waits, and calls `pull` at once if there is room for more.
    controller.enqueue(chunk)
    if ((controller.desiredSize ?? 0) > 0) this.#wanted = true
  }
}
