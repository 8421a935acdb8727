/** What happened, line by line, as one number: two runs with the same hash went the same way. */
export class Trace {
  /** Kept only on wish: a bulk run needs the hash alone. */
  readonly lines: string[] | undefined
  count = 0
  #hash = 0x811c9dc5

  constructor(keep: boolean) {
    this.lines = keep ? [] : undefined
  }

  add(atMs: number, what: string): void {
    const line = `${atMs.toFixed(3).padStart(11)} ${what}`
    this.count++
    this.lines?.push(line)
    // FNV-1a, 32 bits.
    for (let index = 0; index < line.length; index++)
      this.#hash = Math.imul(this.#hash ^ line.charCodeAt(index), 0x01000193) >>> 0
  }

  get hash(): string {
    return this.#hash.toString(16).padStart(8, "0")
  }
}
