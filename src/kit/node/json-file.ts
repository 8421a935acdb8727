import { readFileSync } from "node:fs"

/** What a file of ours holds; undefined where there is none, or it is damaged or of another shape. */
export function readJsonFile<T>(path: string, schema: { parse(value: unknown): T }): T | undefined {
  try {
    return schema.parse(JSON.parse(readFileSync(path, "utf8")))
  } catch {
    return undefined
  }
}
