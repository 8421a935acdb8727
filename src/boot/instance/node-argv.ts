import type { Asked } from "../asked.ts"

/** The words that start one of our own programs, modules of a drill first. `program`: an absolute path. */
export function nodeArgv(
  program: string,
  flags: readonly string[],
  { faults, preload = [] }: Pick<Asked, "faults" | "preload">,
): [string, ...string[]] {
  const first = faults === true ? preload.flatMap(url => ["--import", url]) : []
  return [process.execPath, ...flags, ...first, program]
}
