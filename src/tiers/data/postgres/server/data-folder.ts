import { randomUUID } from "node:crypto"
import { existsSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { z } from "zod"
import { writeFileAtomic } from "../../../../kit/node/atomic-file.ts"
import { dataError } from "../../data-errors.ts"
import type { Binaries } from "./binaries.ts"
import { explain, makeOnce } from "./make-once.ts"
import { fillWithin, isVacant, removeFormerWithin } from "./mounted-folder.ts"
import { hasLivePostgres } from "./pid-file.ts"
import { type Folder, provision, renewPasswords } from "./provision.ts"
import type { Owner } from "./run-as.ts"
import { runCommand } from "./run-command.ts"
import { fingerprintOf, type ServerSecrets } from "./server-secrets.ts"
import { pgHbaConf, postgresqlConf, type ServerSettings } from "./server-settings.ts"
import { syncMethod } from "./sync-method.ts"
import { ensureTemplate, own } from "./template.ts"

/** Lies in every data folder Banyan made; replicas get it with the copy. */
const markerName = "banyan.json"
const markerSchema = z.object({ format: z.literal(1), cluster: z.string(), secrets: z.string() })
type Marker = z.infer<typeof markerSchema>

export type DataFolderOptions = {
  readonly id: string
  readonly folder: Folder
  readonly cacheFolder: string
  readonly secrets: ServerSecrets
  readonly settings: ServerSettings
  /** Sync a new folder to the disk before it gets its name. */
  readonly durable: boolean
  /** What a new folder is filled with; a copy of the template when not given. */
  readonly birth?: Birth | undefined
  /** The last look before a new folder gets its name: what it throws leaves none. */
  readonly beforeNew?: (() => void) | undefined
}

/** Fills a folder that does not exist yet. What it throws leaves no folder. */
export type Birth = (folder: Folder) => Promise<void>

/** Its presence makes a server a standby (Postgres's own name). */
export const standbySignal = "standby.signal"
/** Its presence makes a server replay what it was restored from first (Postgres's own name). */
export const recoverySignal = "recovery.signal"

/**
 * Makes the data folder, or checks the one that is there, and writes its settings.
 * Throws BN2233 .. BN2238. A folder that is refused is not touched.
 */
export async function ensureDataFolder(options: DataFolderOptions): Promise<void> {
  const { folder, secrets } = options
  if (isVacant(folder.path)) {
    const make = existsSync(folder.path) ? fillWithin : makeOnce
    await make(folder.path, async temporary => {
      await fill(temporary, options)
      options.beforeNew?.()
    })
  }
  const marker = checkFolder(folder)
  // Of somebody who died when the new data were whole already.
  removeFormerWithin(folder.path)
  const follows = [standbySignal, recoverySignal].some(name => existsSync(join(folder.path, name)))
  if (marker.secrets !== fingerprintOf(secrets) && !follows && !hasLivePostgres(folder.path)) {
    await renewPasswords(folder, secrets)
    writeMarker(folder, { ...marker, secrets: fingerprintOf(secrets) })
  }
  writeSettings(folder, options)
}

async function fill(temporary: string, options: DataFolderOptions): Promise<void> {
  const { binaries, as } = options.folder
  const folder = { binaries, as, path: temporary }
  if (options.birth === undefined) await fillFromTemplate(folder, options)
  else await options.birth(folder)
  writeSettings(folder, options)
  if (!options.durable) return
  await syncWhole({ binaries, as, path: temporary })
}

/** Everything in it is on the disk. */
export async function syncWhole({ binaries, as, path }: Folder): Promise<void> {
  const words = ["--sync-only", `--sync-method=${syncMethod}`, "-D", path]
  await runCommand({ ...as, argv: as.wrap([binaries.initdb, ...words]) }, path)
}

async function fillFromTemplate(folder: Folder, options: DataFolderOptions): Promise<void> {
  const { cacheFolder, secrets } = options
  const template = await ensureTemplate(cacheFolder, folder.binaries, folder.as)
  await runCommand({ argv: ["cp", "-Rp", template, folder.path] }, options.folder.path)
  const cluster = randomUUID()
  await provision(folder, secrets, cluster)
  writeMarker(folder, { format: 1, cluster, secrets: fingerprintOf(secrets) })
}

/** Throws BN2233 .. BN2235; the folder is not touched. */
export function checkFolder({ path, binaries, as }: Folder): Marker {
  const notOurs = (reason: string) => dataError("BN2234", { folder: path, reason })
  const owner = statSync(path).uid
  const wanted = as.uid ?? process.getuid?.() ?? owner
  if (owner !== wanted) throw dataError("BN2235", { folder: path, owner, wanted })
  const found = readText(join(path, "PG_VERSION"))?.trim()
  if (found === undefined) throw notOurs("it has no PG_VERSION")
  if (found !== binaries.major) throw dataError("BN2233", { folder: path, found, wanted: binaries.major })
  try {
    return markerSchema.parse(JSON.parse(readText(join(path, markerName)) ?? ""))
  } catch {
    throw notOurs(`its ${markerName} is missing or damaged`)
  }
}

function writeSettings(folder: Folder, { id, settings }: DataFolderOptions): void {
  writeOwned(folder, "postgresql.conf", postgresqlConf(id, settings, preloadable(folder.binaries)))
  writeOwned(folder, "pg_hba.conf", pgHbaConf)
}

/** Names of the settings that the folder's file says otherwise than these; none where there is no folder. */
export function differingSettings(
  { path, binaries }: Pick<Folder, "path" | "binaries">,
  id: string,
  settings: ServerSettings,
): string[] {
  const before = readText(join(path, "postgresql.conf"))
  if (before === undefined) return []
  const [old, fresh] = [before, postgresqlConf(id, settings, preloadable(binaries))].map(
    text => new Set(text.split("\n")),
  ) as [Set<string>, Set<string>]
  const differing = [...old]
    .filter(line => !fresh.has(line))
    .concat([...fresh].filter(line => !old.has(line)))
  return [...new Set(differing.map(line => line.split(" = ", 1)[0] ?? ""))]
}

/** A library that is named but absent would keep the server from starting. */
function preloadable(binaries: Binaries): string[] {
  return ["pg_stat_statements"].filter(name =>
    existsSync(
      join(
        binaries.native,
        "lib",
        "postgresql",
        `${name}${process.platform === "darwin" ? ".dylib" : ".so"}`,
      ),
    ),
  )
}

function writeMarker(folder: Folder, marker: Marker): void {
  writeOwned(folder, markerName, `${JSON.stringify(marker)}\n`)
}

/** A file of the server's user in its data folder, whole or as it was. Throws BN2236, BN2237. */
export function writeOwned(folder: OwnedFolder, name: string, text: string): void {
  const file = join(folder.path, name)
  try {
    if (readText(file) !== text) writeFileAtomic(file, text)
    own(file, folder.as)
  } catch (error) {
    throw explain(error, folder.path)
  }
}

export type OwnedFolder = { readonly path: string; readonly as: Owner }

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8")
  } catch {
    return undefined
  }
}
