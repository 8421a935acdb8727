import { chmodSync, existsSync, mkdirSync, readdirSync, rmdirSync, rmSync, statSync } from "node:fs"
import { basename, dirname, join } from "node:path"
import { isMountPoint } from "../../../../kit/node/mount-point.ts"
import { identifyProcess } from "../../../../kit/node/process-identity.ts"
import { killServer } from "../../postgres/server/kill-server.ts"
import { apart } from "../../postgres/server/mounted-folder.ts"
import { recordedMode } from "../../postgres/server/places.ts"
import { defaultSharedHome, type PostgresServerOptions } from "../../postgres/server/postgres-server.ts"
import type { Owner } from "../../postgres/server/run-as.ts"
import { own } from "../../postgres/server/template.ts"

const killTimeoutMs = 30_000

/** Where a copy is prepared: where it can be renamed from into its place, so on the disk of that. */
export type RestorePlace = {
  /** The id of the server that prepares it: as that is the name of its data folder, a way from the folder of them all. */
  readonly id: string
  readonly runAs: string | undefined
  /** The data folder it will be the content of; undefined when it will be the folder itself. */
  readonly mount: string | undefined
}

/** The present data folder of this server, if there is one. */
export function folderOf(id: string, present: readonly string[]): string | undefined {
  return present.find(folder => basename(folder) === id)
}

export function restorePlace(server: PostgresServerOptions, present: readonly string[]): RestorePlace {
  const name = `restore-${process.pid}`
  const folder = folderOf(server.id, present)
  if (folder === undefined || !isMountPoint(folder))
    return { id: name, runAs: server.forcedRunAs, mount: undefined }
  const mode = recordedMode({ sharedHome: defaultSharedHome, ...server })
  // Whose processes may be elsewhere too: it would be prepared in another folder.
  const runAs = server.forcedRunAs ?? (mode === "direct" ? undefined : mode)
  return { id: join(server.id, apart, name), runAs, mount: folder }
}

/** The folder within a mount point, for whoever its server runs as; a new file system's own is root's, and open to others. */
export function openApart(mount: string, as: Owner): void {
  const room = join(mount, apart)
  mkdirSync(room, { recursive: true, mode: 0o700 })
  for (const folder of [mount, room]) {
    own(folder, as)
    chmodSync(folder, statSync(folder).mode & 0o750)
  }
}

export function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder)
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException
    if (!["ENOTEMPTY", "EEXIST", "ENOENT"].includes(code)) throw error
  }
}

/** Removes what restores that died have left where this one would be prepared. */
export async function removeUnfinished(
  server: PostgresServerOptions,
  present: readonly string[],
): Promise<void> {
  const folder = folderOf(server.id, present)
  if (folder === undefined) return
  const places = [dirname(folder), join(folder, apart)].filter(place => existsSync(place))
  for (const path of places.flatMap(place => readdirSync(place).map(name => join(place, name)))) {
    const [, pid] = /^restore-([0-9]+)$/.exec(basename(path)) ?? []
    if (pid === undefined) continue
    if (Number(pid) !== process.pid && identifyProcess(Number(pid)) !== undefined) continue
    await killServer(path, AbortSignal.timeout(killTimeoutMs))
    rmSync(path, { recursive: true, force: true })
  }
}
