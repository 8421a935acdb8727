import { randomUUID } from "node:crypto"
import { existsSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { z } from "zod"
import { writeFileAtomic } from "../../../../kit/node/atomic-file.ts"
import { dataError } from "../../data-errors.ts"
import type { Binaries } from "./binaries.ts"
import { explain, makeOnce } from "./make-once.ts"
import { hasLivePostgres } from "./pid-file.ts"
import { type Folder, provision, renewPasswords } from "./provision.ts"
import { runCommand } from "./run-command.ts"
import { fingerprintOf, type ServerSecrets } from "./server-secrets.ts"
import { pgHbaConf, postgresqlConf, type ServerSettings } from "./server-settings.ts"
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
}

/**
 * Makes the data folder, or checks the one that is there, and writes its settings.
 * Throws BN2233 .. BN2238. A folder that is refused is not touched.
 */
export async function ensureDataFolder(options: DataFolderOptions): Promise<void> {
  const { folder, secrets } = options
  if (!existsSync(folder.path)) await makeOnce(folder.path, temporary => fill(temporary, options))
  const marker = checkFolder(folder)
  if (marker.secrets !== fingerprintOf(secrets) && !hasLivePostgres(folder.path)) {
    await renewPasswords(folder, secrets)
    writeMarker(folder, { ...marker, secrets: fingerprintOf(secrets) })
  }
  writeSettings(folder, options)
}

async function fill(temporary: string, options: DataFolderOptions): Promise<void> {
  const { binaries, as } = options.folder
  const { cacheFolder, secrets } = options
  const template = await ensureTemplate(cacheFolder, binaries, as)
  await runCommand({ argv: ["cp", "-Rp", template, temporary] }, options.folder.path)
  const folder = { binaries, as, path: temporary }
  const cluster = randomUUID()
  await provision(folder, secrets, cluster)
  writeMarker(folder, { format: 1, cluster, secrets: fingerprintOf(secrets) })
  writeSettings(folder, options)
  if (!options.durable) return
  await runCommand({ ...as, argv: as.wrap([binaries.initdb, "--sync-only", "-D", temporary]) }, temporary)
}

function checkFolder({ path, binaries, as }: Folder): Marker {
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

function writeOwned(folder: Folder, name: string, text: string): void {
  const file = join(folder.path, name)
  try {
    if (readText(file) !== text) writeFileAtomic(file, text)
    own(file, folder.as)
  } catch (error) {
    throw explain(error, folder.path)
  }
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8")
  } catch {
    return undefined
  }
}
