import { existsSync } from "node:fs"
import { join } from "node:path"
import { readControlFile } from "../../postgres/replication/control-file.ts"
import { standbySignal } from "../../postgres/server/data-folder.ts"

/** Of several data folders, whose servers do not run: the primary's. A former primary is on an older timeline. */
export function newestPrimaryFolder(folders: readonly string[]): string | undefined {
  return folders
    .filter(folder => !existsSync(join(folder, standbySignal)))
    .map(folder => ({ folder, timeline: readControlFile(folder)?.timeline ?? 0 }))
    .toSorted((a, b) => b.timeline - a.timeline)[0]?.folder
}
