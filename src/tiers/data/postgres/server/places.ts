import { createHash } from "node:crypto"
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  realpathSync,
  statSync,
  writeFileSync,
} from "node:fs"
import { join, resolve } from "node:path"
import { dataError } from "../../data-errors.ts"
import { explain } from "./make-once.ts"
import type { RunAs, RunAsMode } from "./run-as.ts"
import { socketName } from "./server-settings.ts"
import { ownedFolder } from "./template.ts"

/** Where a server's things lie; that depends on whose process it is. */
export type Places = {
  /** Absolute. */
  readonly data: string
  /** Absolute; template and copied binaries. */
  readonly cache: string
  /** Relative when the project folder can hold it: socket paths are short (unix(7)). */
  readonly socket: string
}

export type PlacesOptions = {
  readonly id: string
  readonly dataRoot: string
  readonly cacheFolder: string
  readonly sharedHome: string
}

/** sun_path without its closing NUL (unix(7): 108 bytes; macOS: 104). */
const socketPathMax = process.platform === "darwin" ? 103 : 107

/** Throws BN2242. */
export function placesOf(options: PlacesOptions, mode: RunAsMode): Places {
  const { id, dataRoot, cacheFolder } = options
  const shared = sharedFolder(options)
  const places =
    mode === "nobody"
      ? {
          data: join(shared, "data", id),
          cache: join(shared, "cache"),
          socket: join(shared, "data", id, socketName),
        }
      : { data: resolve(dataRoot, id), cache: resolve(cacheFolder), socket: join(dataRoot, id, socketName) }
  const bytes = Buffer.byteLength(places.socket)
  if (bytes > socketPathMax) throw dataError("BN2242", { path: places.socket, bytes, max: socketPathMax })
  return places
}

/** The mode existing data was made under: that shows in where it lies and whose it is. */
export function recordedMode(options: PlacesOptions): RunAsMode | undefined {
  const own = statSync(placesOf(options, "direct").data, { throwIfNoEntry: false })
  if (own !== undefined) return own.uid === 0 ? "userns" : "direct"
  const shared = statSync(placesOf(options, "nobody").data, { throwIfNoEntry: false })
  return shared === undefined ? undefined : "nobody"
}

/** The folder everything starts from, where its secrets lie whoever runs the server. Throws BN2236, BN2237. */
export function makeDataRoot(dataRoot: string): void {
  try {
    mkdirSync(dataRoot, { recursive: true, mode: 0o700 })
    accessSync(dataRoot, constants.W_OK)
  } catch (error) {
    throw explain(error, dataRoot)
  }
}

/** Makes the folders the server's user works in. Throws BN2236, BN2237. */
export function makePlaces(options: PlacesOptions, places: Places, as: RunAs): void {
  try {
    if (as.mode === "nobody") makeShared(options, as)
    ownedFolder(places.cache, as)
  } catch (error) {
    throw explain(error, places.data)
  }
}

/** Its name is a hash of the project folder; the file `project` in it says which that is. */
function makeShared(options: PlacesOptions, as: RunAs): void {
  const shared = sharedFolder(options)
  mkdirSync(shared, { recursive: true, mode: 0o755 })
  // Whatever the umask: another user must be able to pass.
  for (const folder of [options.sharedHome, shared]) chmodSync(folder, 0o755)
  writeFileSync(join(shared, "project"), `${dataRootOf(options)}\n`)
  ownedFolder(join(shared, "data"), as)
}

export function sharedFolder(options: PlacesOptions): string {
  const hash = createHash("sha256").update(dataRootOf(options)).digest("hex").slice(0, 16)
  return join(options.sharedHome, hash)
}

function dataRootOf({ dataRoot }: PlacesOptions): string {
  return existsSync(dataRoot) ? realpathSync(dataRoot) : resolve(dataRoot)
}
