/** One line at the bottom of a terminal that is written over again and again; nothing where there is no terminal. */
export class LiveLine {
  readonly #stream: NodeJS.WriteStream
  readonly #isLive: boolean
  #isShown = false

  constructor(stream: NodeJS.WriteStream = process.stderr) {
    this.#stream = stream
    this.#isLive = stream.isTTY === true && process.env["TERM"] !== "dumb"
  }

  show(words: string): void {
    if (!this.#isLive) return
    this.clear()
    this.#stream.write(words.slice(0, this.#stream.columns - 1))
    this.#isShown = true
  }

  /** Before anything else is written. */
  clear(): void {
    if (this.#isShown) this.#stream.write("\r\u001b[2K")
    this.#isShown = false
  }
}
