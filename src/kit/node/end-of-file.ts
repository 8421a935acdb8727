import { closeSync, fstatSync, openSync, readSync } from "node:fs"

/** The last bytes of a text file, at most so many; the first letter may be cut. Throws what opening it throws. */
export function endOfFile(path: string, mostBytes: number): string {
  const file = openSync(path, "r")
  try {
    const { size } = fstatSync(file)
    const bytes = Buffer.alloc(Math.min(size, mostBytes))
    readSync(file, bytes, 0, bytes.length, size - bytes.length)
    return bytes.toString("utf8")
  } finally {
    closeSync(file)
  }
}
