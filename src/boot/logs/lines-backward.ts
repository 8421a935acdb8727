import type { FileHandle } from "node:fs/promises"
import type { TakeLine } from "./line-cutter.ts"
import { chunkBytes, readAt } from "./read-at.ts"

const lineEnd = 10

export type Backward = {
  readonly mostLineBytes: number
  /** Of an emptied file's copy, which is written no more, the last line may lack its end. */
  readonly endIsLine: boolean
  readonly mostBytes: number
  readonly isEnough: () => boolean
}

/**
 * Lines of a file from its end on, newest first. Tells where its last whole line ends (undefined: not found in so many
 * bytes) and how much was read.
 */
export async function linesBackward(
  file: FileHandle,
  size: number,
  { mostLineBytes, endIsLine, mostBytes, isEnough }: Backward,
  take: TakeLine,
): Promise<{ end: number | undefined; readBytes: number; isWhole: boolean }> {
  /** What follows a chunk and belongs to its last line: beginning and length. Undefined: no line has ended yet. */
  let rest: { bytes: Buffer; length: number } | undefined = endIsLine
    ? { bytes: Buffer.alloc(0), length: 0 }
    : undefined
  let end: number | undefined
  let from = size
  const goesOn = () => rest === undefined || !isEnough()
  const give = (piece: Buffer) => {
    const length = piece.length + rest!.length
    const kept = Math.min(length, mostLineBytes)
    if (length > 0) take(Buffer.concat([piece, rest!.bytes]).subarray(0, kept), length - kept)
  }
  while (from > 0 && size - from < mostBytes && goesOn()) {
    const to = from
    const chunk = await readAt(file, Math.max(0, to - chunkBytes), Math.min(chunkBytes, to))
    from = to - chunk.length
    if (chunk.length === 0) break
    let stop = chunk.length
    while (stop > 0 && goesOn()) {
      const at = chunk.lastIndexOf(lineEnd, stop - 1)
      if (at === -1) break
      if (rest === undefined) end = from + at + 1
      else give(chunk.subarray(at + 1, stop))
      rest = { bytes: Buffer.alloc(0), length: 0 }
      stop = at
    }
    if (rest !== undefined) rest = joined(chunk.subarray(0, stop), rest, mostLineBytes)
  }
  const isWhole = from === 0 && !isEnough()
  if (isWhole && rest !== undefined) give(Buffer.alloc(0))
  return { end: end ?? (from === 0 ? 0 : undefined), readBytes: size - from, isWhole }
}

function joined(piece: Buffer, rest: { bytes: Buffer; length: number }, mostBytes: number) {
  const bytes = Buffer.concat([piece, rest.bytes]).subarray(0, mostBytes)
  return { bytes: Buffer.from(bytes), length: piece.length + rest.length }
}
