import { join } from "node:path"
import type { Address } from "../../../../wire/map.ts"
import type { DataCredentials } from "../../data.ts"
import { dataError } from "../../data-errors.ts"
import { type Binaries, findBinaries, runnableBinaries } from "./binaries.ts"
import { checkSettings } from "./check-settings.ts"
import { type Birth, checkFolder, differingSettings, ensureDataFolder } from "./data-folder.ts"
import { isVacant } from "./mounted-folder.ts"
import { removeStalePidFile } from "./pid-file.ts"
import { makeDataRoot, makePlaces, type PlacesOptions, placesOf, recordedMode } from "./places.ts"
import { chooseRunAs, type RunAsMode, runAs, usernsWorks } from "./run-as.ts"
import { postgresEnvironment } from "./run-command.ts"
import { type ServerSecrets, serverSecrets } from "./server-secrets.ts"
import { defaultServerSettings, type ServerSettings } from "./server-settings.ts"
import { superuser } from "./template.ts"
import { waitReady } from "./wait-ready.ts"

export type PostgresServerOptions = {
  /** Name of its data folder, and its `cluster_name`. */
  readonly id: string
  /** Where data folders and secrets lie. Relative to the working directory, so that socket paths stay short. */
  readonly dataRoot: string
  /** Where the template lies. */
  readonly cacheFolder: string
  /** Where its output goes; the last complaint in it is quoted when the server does not start. */
  readonly logFile?: string
  /** Used only when root must run it as `nobody`: the one place outside the project folder. */
  readonly sharedHome?: string
  /** BANYAN_POSTGRES_AS. */
  readonly forcedRunAs?: string | undefined
  /** The name of its secrets in `dataRoot`: a primary and its replicas share one. `<id>.secret` when not given. */
  readonly secretFile?: string
  /** What its data folder is filled with when there is none: a replica's is a base backup (replication/replica.ts). */
  readonly birth?: Birth
  /** The last look before a new data folder gets its name: what it throws leaves none. */
  readonly beforeNew?: () => void
  readonly user?: string
  readonly database?: string
  readonly settings?: Partial<ServerSettings>
  /** Sync a new data folder to the disk; only tests do without. */
  readonly durable?: boolean
}

/** Where its things lie and whose they are, whether they exist or not. */
export type PostgresPlace = {
  readonly uid?: number
  readonly gid?: number
  /** Absolute. */
  readonly dataFolder: string
  readonly address: Address
}

/** What brings the server to life, for whoever spawns it. */
export type PostgresWords = PostgresPlace & {
  readonly argv: readonly [string, ...string[]]
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  /** Fast shutdown: open transactions end, the log is flushed. */
  readonly stopSignal: "SIGINT"
}

/** A server on this machine from the embedded binaries: what it needs, and whether it is ready. Spawning is a driver's. */
export type PostgresServer = {
  /** The app's own role, which is no superuser. Made at the first look, then always the same. */
  readonly credentials: DataCredentials
  /** For replication and an agent's own acts, never for the app. */
  readonly superuser: DataCredentials
  /** For replicas: to read the write-ahead log and to take base backups. */
  readonly replicator: DataCredentials
  /** For what people ask; its role is made when it is first needed (reading/reading-role.ts). */
  readonly reader: DataCredentials
  /** Touches nothing. Throws BN2230 .. BN2232, BN2241, BN2242. */
  place(): Promise<PostgresPlace>
  /** Of which cluster its data folder is; undefined when there is none. Touches nothing. Throws as `place`, BN2233 .. BN2235. */
  cluster(): Promise<string | undefined>
  /** Names of the settings that its file says otherwise; none without data. Touches nothing. Throws as `place`, BN2244. */
  differing(): Promise<readonly string[]>
  /** Puts the data folder in place and says the words. Idempotent, also while the server runs. Throws BN2230 .. BN2244. */
  prepare(): Promise<PostgresWords>
  /** Resolves once the process accepts connections. Throws BN2239, BN2240. */
  waitReady(pid: number, signal: AbortSignal): Promise<void>
}

export const defaultSharedHome = "/var/lib/banyan"

export function createPostgresServer(options: PostgresServerOptions): PostgresServer {
  const { id, dataRoot, cacheFolder, sharedHome = defaultSharedHome } = options
  const names = { user: options.user ?? "app", database: options.database ?? "app", superuser }
  const where = { id, dataRoot, cacheFolder, sharedHome }
  let secrets: ServerSecrets | undefined
  const secretFile = join(dataRoot, options.secretFile ?? `${id}.secret`)
  const known = () => (secrets ??= serverSecrets(secretFile, names))
  return {
    get credentials() {
      return known().app
    },
    get superuser() {
      return { ...known().superuser, database: "postgres" }
    },
    get replicator() {
      return { ...known().replicator, database: "replication" }
    },
    get reader() {
      return { ...known().reader, database: names.database }
    },
    async place() {
      return (await settle(options, where)).place
    },
    async cluster() {
      const { as, places, binaries } = await settle(options, where)
      if (isVacant(places.data)) return undefined
      return checkFolder({ path: places.data, binaries, as }).cluster
    },
    async differing() {
      const { places, binaries } = await settle(options, where)
      const settings = { ...defaultServerSettings, ...options.settings }
      await checkSettings(binaries, settings)
      return differingSettings({ path: places.data, binaries }, id, settings)
    },
    async prepare() {
      makeDataRoot(dataRoot)
      return prepare(options, where, known())
    },
    waitReady: (pid, signal) => {
      const folder = placesOf(where, recordedMode(where) ?? "direct").data
      return waitReady({ id, folder, logFile: options.logFile }, pid, signal)
    },
  }
}

async function prepare(
  options: PostgresServerOptions,
  where: PlacesOptions,
  secrets: ServerSecrets,
): Promise<PostgresWords> {
  const { as, places, place, binaries: found } = await settle(options, where)
  makePlaces(where, places, as)
  const binaries = await runnableBinaries(found, places.cache, as.mode === "nobody")
  const settings = { ...defaultServerSettings, ...options.settings }
  await checkSettings(binaries, settings)
  await ensureDataFolder({
    id: options.id,
    folder: { path: places.data, binaries, as },
    cacheFolder: places.cache,
    secrets,
    settings,
    durable: options.durable ?? true,
    birth: options.birth,
    beforeNew: options.beforeNew,
  })
  removeStalePidFile(places.data)
  return {
    ...place,
    argv: as.wrap([binaries.postgres, "-D", places.data]),
    env: postgresEnvironment,
    cwd: places.data,
    stopSignal: "SIGINT",
  }
}

/** Whose it will be and where; nothing is made. */
async function settle(options: PostgresServerOptions, where: PlacesOptions) {
  const binaries = findBinaries()
  const as = runAs(await chooseMode(options, where, binaries))
  const places = placesOf(where, as.mode)
  const place: PostgresPlace = {
    ...(as.uid === undefined ? {} : { uid: as.uid }),
    ...(as.gid === undefined ? {} : { gid: as.gid }),
    dataFolder: places.data,
    address: { path: places.socket },
  }
  return { as, places, place, binaries }
}

/** Throws BN2231, BN2232, and BN2241 when existing data would be left behind. */
async function chooseMode(
  { id, forcedRunAs }: PostgresServerOptions,
  where: PlacesOptions,
  found: Binaries,
): Promise<RunAsMode> {
  const isRoot = process.getuid?.() === 0
  const recorded = recordedMode(where)
  const { cache } = placesOf(where, "direct")
  // The probe runs the program, which needs its libraries.
  const runnable = isRoot ? await runnableBinaries(found, cache, false) : found
  const mode = chooseRunAs({
    isRoot,
    forced: forcedRunAs,
    recorded,
    usernsWorks: () => usernsWorks(runnable.postgres, where.dataRoot),
  })
  if (recorded !== undefined && (recorded === "nobody") !== (mode === "nobody")) {
    throw dataError("BN2241", { id, folder: placesOf(where, recorded).data, recorded, wanted: mode })
  }
  return mode
}
