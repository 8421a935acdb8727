/** A line without its end, good for the length of the call; `cutBytes`: so much longer it is. */
export type TakeLine = (line: Buffer, cutBytes: number) => void

const lineEnd = 10

/** Cuts what is read into lines, wherever the reads end; of a long line it keeps the beginning alone. */
export class LineCutter {
  readonly #mostLineBytes: number
  /** The beginning of a line whose end is still to come. */
  #kept: Buffer[] = []
  #keptBytes = 0
  #unfinishedBytes = 0
  #skips = false

  constructor(mostLineBytes: number) {
    this.#mostLineBytes = mostLineBytes
  }

  /** What was pushed behind the last line end. */
  get unfinishedBytes(): number {
    return this.#unfinishedBytes
  }

  push(bytes: Buffer, take: TakeLine): void {
    let from = 0
    for (let end = bytes.indexOf(lineEnd); end !== -1; end = bytes.indexOf(lineEnd, from)) {
      const piece = bytes.subarray(from, end)
      if (this.#unfinishedBytes === 0 && !this.#skips) this.#give(piece, piece.length, take)
      else {
        this.#keep(piece)
        this.flush(take)
      }
      from = end + 1
    }
    this.#keep(bytes.subarray(from))
  }

  /** Takes what there is as a line: its end does not come any more. */
  flush(take: TakeLine): void {
    if (!this.#skips) this.#give(Buffer.concat(this.#kept), this.#unfinishedBytes, take)
    this.#forget()
  }

  /** Begins in the middle of a line: what comes until its end is none. */
  skipToLineEnd(): void {
    this.#forget()
    this.#skips = true
  }

  #keep(piece: Buffer): void {
    this.#unfinishedBytes += piece.length
    const room = this.#mostLineBytes - this.#keptBytes
    if (this.#skips || room <= 0 || piece.length === 0) return
    const kept = Buffer.from(piece.subarray(0, room))
    this.#kept.push(kept)
    this.#keptBytes += kept.length
  }

  #give(line: Buffer, length: number, take: TakeLine): void {
    const kept = Math.min(length, this.#mostLineBytes)
    if (length > 0) take(line.subarray(0, kept), length - kept)
  }

  #forget(): void {
    this.#kept = []
    this.#keptBytes = 0
    this.#unfinishedBytes = 0
    this.#skips = false
  }
}
