import { write, writeSync } from "node:fs"

/** What a disk that is full may make wait; lines beyond it are dropped: the process and its memory are kept. */
const mostWaitingChars = 1024 * 1024
const flushEveryMs = 500

/**
 * Lines into a file descriptor, buffered, one write at a time.
 *
 * What cannot be written (full disk) is tried again, never thrown and never waited for. pino's own destination would
 * do both: it emits errors that end the process, and its flushSync, called on every fatal line and at the exit,
 * blocks for as long as the disk is full.
 */
export class LogSink {
  readonly #fd: number
  readonly #minChars: number
  #waiting = ""
  #bytes: Buffer = Buffer.alloc(0)
  #isWriting = false
  #flushed: Array<() => void> = []

  constructor(fd: number, minChars: number) {
    this.#fd = fd
    this.#minChars = minChars
    setInterval(() => this.#next(), flushEveryMs).unref()
    process.once("exit", () => this.#lastTry())
  }

  write(line: string): void {
    if (this.#waiting.length < mostWaitingChars) this.#waiting += line
    if (this.#waiting.length >= this.#minChars) this.#next()
  }

  /** Calls back when everything written so far is in the kernel's hands, or cannot be. */
  flush(done: () => void): void {
    this.#flushed.push(done)
    this.#next()
  }

  #next(): void {
    if (this.#isWriting) return
    if (this.#bytes.length === 0) {
      this.#bytes = Buffer.from(this.#waiting)
      this.#waiting = ""
    }
    if (this.#bytes.length === 0) {
      this.#settle()
      return
    }
    this.#isWriting = true
    write(this.#fd, this.#bytes, (error, written) => this.#wrote(error === null ? written : undefined))
  }

  #wrote(count: number | undefined): void {
    this.#isWriting = false
    if (count === undefined) {
      this.#settle()
      return
    }
    this.#bytes = this.#bytes.subarray(count)
    if (this.#bytes.length > 0 || this.#flushed.length > 0 || this.#waiting.length > this.#minChars)
      this.#next()
  }

  #settle(): void {
    const flushed = this.#flushed
    this.#flushed = []
    for (const done of flushed) done()
  }

  /** A process that ends without a flush: once, and what does not go is lost. */
  #lastTry(): void {
    try {
      if (!this.#isWriting) writeSync(this.#fd, this.#bytes)
      writeSync(this.#fd, this.#waiting)
    } catch {
      // Nobody is left to tell.
    }
  }
}
