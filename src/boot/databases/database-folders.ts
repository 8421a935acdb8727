import { existsSync, readdirSync } from "node:fs"
import { settleSwap } from "../../tiers/data/backup/restore/swap-in.ts"
import { type Places, placesOf, recordedMode, sharedFolder } from "../../tiers/data/postgres/server/places.ts"
import { defaultSharedHome } from "../../tiers/data/postgres/server/postgres-server.ts"
import { paths } from "../project-paths.ts"

/** Data folders of this project's databases, replicas' too, whoever owns them. Absolute. */
export function databaseFolders(): string[] {
  return databaseIds().map(id => placeOf(id).data)
}

const options = (id: string) => ({
  ...{ id, dataRoot: paths.data, cacheFolder: paths.cache },
  sharedHome: defaultSharedHome,
})

/** Asks nobody: by the data that are there. */
export function placeOf(id: string): Places {
  return placesOf(options(id), recordedMode(options(id)) ?? "direct")
}

/** Puts right what a restore that died has left of it. Throws as `settleSwap` does. */
export function settleRestores(id: string): void {
  // It may have left nothing that tells whose data they were.
  const modes = [recordedMode(options(id)) ?? (["direct", "nobody"] as const)].flat()
  for (const mode of modes) settleSwap(placesOf(options(id), mode).data)
}

/** The first is there always: it is who a fresh service has. */
export function databaseIds(): string[] {
  const roots = [paths.data, `${sharedFolder(options("postgres-1"))}/data`]
  const found = roots.flatMap(root => (existsSync(root) ? readdirSync(root) : []))
  const ids = found.filter(name => /^postgres-[1-9][0-9]*$/.test(name))
  return [...new Set(["postgres-1", ...ids])].toSorted()
}
