import { relative } from "node:path"

export type Skip = { readonly file: string; readonly name: string; readonly reason: string | boolean }

/** What was not tested, and why: a skip that nobody reads hides a hole. */
export function skipLines(skips: readonly Skip[], isCi: boolean): string[] {
  if (skips.length === 0) return []
  const verdict = isCi ? "; in CI a skip is a failure" : ""
  const lines = skips.map(({ file, name, reason }) => {
    const why = typeof reason === "string" && reason !== "" ? reason : "no reason given"
    return `  ${relative(process.cwd(), file)}: ${name}: ${why}`
  })
  return [`${skips.length} skipped${verdict}:`, ...lines]
}
