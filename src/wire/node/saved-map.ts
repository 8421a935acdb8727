import { readFileSync } from "node:fs"
import { writeFileAtomic } from "../../kit/node/atomic-file.ts"
import { type ServiceMap, serviceMapSchema } from "../map.ts"

/** The last good map of one process, on disk: what it serves on when control is gone. */
export function readSavedMap(path: string): ServiceMap | undefined {
  try {
    return serviceMapSchema.parse(JSON.parse(readFileSync(path, "utf8")))
  } catch {
    return undefined
  }
}

export function saveMap(path: string, map: ServiceMap): void {
  writeFileAtomic(path, JSON.stringify(map))
}
