import { relative } from "node:path"

export type FileTime = { readonly file: string; readonly tookMs: number }

const most = 12

/** Where the time went: the files to look at when the suite gets slow. */
export function slowestLines(times: readonly FileTime[]): string[] {
  if (times.length <= most) return []
  const slowest = times.toSorted((a, b) => b.tookMs - a.tookMs).slice(0, most)
  const lines = slowest.map(
    ({ file, tookMs }) => `  ${(tookMs / 1000).toFixed(0).padStart(4)} s  ${relative(process.cwd(), file)}`,
  )
  return ["slowest files:", ...lines]
}
