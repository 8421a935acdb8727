import type { FileHandle } from "node:fs/promises"
import { stat } from "node:fs/promises"
import { crc32 } from "node:zlib"
import { LineCutter, type TakeLine } from "./line-cutter.ts"
import { linesBackward } from "./lines-backward.ts"
import { chunkBytes, readAt, withFile } from "./read-at.ts"

/** Up to where a log was read, and a check sum of what stands before it: another file of that name is not gone on with. */
export type LogPlace = { readonly offset: number; readonly sum: number }

const sumBytes = 64

export type TailOptions = { readonly path: string; readonly mostLineBytes: number }

/**
 * One log that is written on. The agent begins one that is too long anew: it copies it to `<file>.1` and empties it in
 * place (drivers/local/agent/log-keeper.ts); what was not read by then is read from the copy.
 */
export class LogTail {
  readonly #options: TailOptions
  readonly #cutter: LineCutter
  /** Up to where was read, unfinished line included. */
  #offset = 0
  #place: LogPlace = { offset: 0, sum: 0 }

  constructor(options: TailOptions) {
    this.#options = options
    this.#cutter = new LineCutter(options.mostLineBytes)
  }

  /** Behind the last whole line that was given out; another tail may begin there. */
  get place(): LogPlace {
    return this.#place
  }

  /** How many bytes wait to be read; of a log that was begun anew, at least one. */
  async waitingBytes(): Promise<number> {
    const size = await stat(this.#options.path).then(
      found => found.size,
      () => this.#offset,
    )
    return size < this.#offset ? Math.max(1, size) : size - this.#offset
  }

  /** Gives the last lines, newest first, of the file and of the one before it; `fresh` goes on behind them. */
  async last(
    isEnough: () => boolean,
    mostBytes: number,
    take: TakeLine,
  ): Promise<{ readBytes: number; isWhole: boolean }> {
    const { path, mostLineBytes } = this.#options
    const look = (file: FileHandle, size: number, endIsLine: boolean, most: number) =>
      linesBackward(file, size, { mostLineBytes, endIsLine, mostBytes: most, isEnough }, take)
    const now = await withFile(path, async file => {
      const { size } = await file.stat()
      const seen = await look(file, size, false, mostBytes)
      if (seen.end === undefined) this.#cutter.skipToLineEnd()
      this.#offset = seen.end ?? size
      await this.#remember(file)
      return seen
    })
    const { readBytes, isWhole } = now ?? { readBytes: 0, isWhole: true }
    if (!isWhole || isEnough()) return { readBytes, isWhole: false }
    const before = await withFile(`${path}.1`, async file =>
      look(file, (await file.stat()).size, true, mostBytes - readBytes),
    )
    return {
      readBytes: readBytes + (before?.readBytes ?? 0),
      isWhole: before === undefined || before.isWhole,
    }
  }

  /** Goes on where another tail was. */
  resume(place: LogPlace): void {
    this.#place = place
    this.#offset = place.offset
  }

  /**
   * Gives what came since, at most so many bytes of it. `skips`: of more than that the newest part; the rest is told as
   * unread. Otherwise the next call goes on with it.
   */
  async fresh(take: TakeLine, mostBytes: number, skips: boolean): Promise<{ unreadBytes: number }> {
    const { path } = this.#options
    const unreadBytes = await withFile(path, async file => {
      let unread = 0
      if (!(await this.#isIn(file))) unread = await this.#finishFormer(take, mostBytes, skips)
      return unread + (await this.#read(file, take, mostBytes, skips))
    })
    return { unreadBytes: unreadBytes ?? 0 }
  }

  /** The file was begun anew: what it still had is in its copy, if that is the one. */
  async #finishFormer(take: TakeLine, mostBytes: number, skips: boolean): Promise<number> {
    const unread = await withFile(`${this.#options.path}.1`, async file =>
      (await this.#isIn(file))
        ? this.#read(file, take, skips ? mostBytes : Number.POSITIVE_INFINITY, skips)
        : 0,
    )
    this.#cutter.flush(take)
    this.#offset = 0
    this.#place = { offset: 0, sum: 0 }
    return unread ?? 0
  }

  async #read(file: FileHandle, take: TakeLine, mostBytes: number, skips: boolean): Promise<number> {
    const { size } = await file.stat()
    let unread = 0
    if (skips && size - this.#offset > mostBytes) {
      unread = size - mostBytes - this.#place.offset
      this.#cutter.skipToLineEnd()
      this.#offset = size - mostBytes
    }
    const stop = Math.min(size, this.#offset + mostBytes)
    while (this.#offset < stop) {
      const bytes = await readAt(file, this.#offset, Math.min(chunkBytes, stop - this.#offset))
      if (bytes.length === 0) break
      this.#offset += bytes.length
      this.#cutter.push(bytes, take)
    }
    await this.#remember(file)
    return unread
  }

  async #remember(file: FileHandle): Promise<void> {
    const offset = this.#offset - this.#cutter.unfinishedBytes
    if (offset !== this.#place.offset) this.#place = { offset, sum: await sumBefore(file, offset) }
  }

  async #isIn(file: FileHandle): Promise<boolean> {
    const { offset, sum } = this.#place
    return (await file.stat()).size >= this.#offset && (await sumBefore(file, offset)) === sum
  }
}

async function sumBefore(file: FileHandle, offset: number): Promise<number> {
  const from = Math.max(0, offset - sumBytes)
  return crc32(await readAt(file, from, offset - from))
}
