import { writeFileAtomic } from "../../kit/node/atomic-file.ts"
import { readJsonFile } from "../../kit/node/json-file.ts"
import { type ServiceMap, serviceMapSchema } from "../map.ts"

/** The last good map of one process, on disk: what it serves on when control is gone. */
export function readSavedMap(path: string): ServiceMap | undefined {
  return readJsonFile(path, serviceMapSchema)
}

export function saveMap(path: string, map: ServiceMap): void {
  writeFileAtomic(path, JSON.stringify(map))
}
