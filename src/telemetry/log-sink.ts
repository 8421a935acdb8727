import { write, writeSync } from "node:fs"

/** What a disk that is full may make wait; lines beyond it are dropped: the process and its memory are kept. */
const mostWaitingBytes = 1024 * 1024
/** No character of a string is longer in UTF-8. */
const mostBytesPerChar = 3
const flushEveryMs = 500

/**
 * Lines into a file descriptor, buffered, one write at a time. They wait as bytes: kept as strings until they are
 * written, the thousands of pieces they are made of would outlive many collections of garbage.
 *
 * What cannot be written (full disk) is tried again, never thrown and never waited for. pino's own destination would
 * do both: it emits errors that end the process, and its flushSync, called on every fatal line and at the exit,
 * blocks for as long as the disk is full.
 */
export class LogSink {
  readonly #fd: number
  readonly #minBytes: number
  #waiting = Buffer.alloc(0)
  #waitingBytes = 0
  /** Memory of what was written last. */
  #spare = Buffer.alloc(0)
  #bytes = Buffer.alloc(0)
  #isWriting = false
  #flushed: Array<() => void> = []

  constructor(fd: number, minBytes: number) {
    this.#fd = fd
    this.#minBytes = minBytes
    setInterval(() => this.#next(), flushEveryMs).unref()
    process.once("exit", () => this.#lastTry())
  }

  write(line: string): void {
    if (this.#makeRoom(line.length * mostBytesPerChar)) {
      this.#waitingBytes += this.#waiting.write(line, this.#waitingBytes)
    }
    if (this.#waitingBytes >= this.#minBytes) this.#next()
  }

  /** Calls back when everything written so far is in the kernel's hands, or cannot be. */
  flush(done: () => void): void {
    this.#flushed.push(done)
    this.#next()
  }

  /** False when too much waits already. */
  #makeRoom(bytes: number): boolean {
    const needed = this.#waitingBytes + bytes
    if (needed <= this.#waiting.length) return true
    if (this.#waitingBytes >= mostWaitingBytes) return false
    const larger = Buffer.allocUnsafeSlow(2 * needed)
    this.#waiting.copy(larger, 0, 0, this.#waitingBytes)
    this.#waiting = larger
    return true
  }

  #next(): void {
    if (this.#isWriting) return
    if (this.#bytes.length === 0) {
      const memory = this.#waiting
      this.#bytes = memory.subarray(0, this.#waitingBytes)
      this.#waiting = this.#spare
      this.#waitingBytes = 0
      this.#spare = memory
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
    if (this.#bytes.length > 0 || this.#flushed.length > 0 || this.#waitingBytes > this.#minBytes)
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
      writeSync(this.#fd, this.#waiting, 0, this.#waitingBytes)
    } catch {
      // Nobody is left to tell.
    }
  }
}
