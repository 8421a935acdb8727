import { randomBytes } from "node:crypto"
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs"
import { basename, dirname, join } from "node:path"
import { isBanyanError, messageOf } from "../../../../kit/errors.ts"
import { syncFolder } from "../../../../kit/node/atomic-file.ts"
import { identifyProcess } from "../../../../kit/node/process-identity.ts"
import { dataError } from "../../data-errors.ts"

/**
 * Makes a folder that is either absent or whole: `make` fills a temporary one beside it, a rename gives it its name.
 * Of two processes at once one wins and the other's work is dropped. What a crash left is removed by the next caller.
 * Throws BN2236, BN2237, or what `make` throws.
 */
export async function makeOnce(folder: string, make: (temporary: string) => Promise<void>): Promise<void> {
  if (existsSync(folder)) return
  const parent = dirname(folder)
  const temporary = join(parent, `.${basename(folder)}.${process.pid}.${randomBytes(4).toString("hex")}.tmp`)
  try {
    mkdirSync(parent, { recursive: true, mode: 0o700 })
    removeLeftovers(parent, basename(folder))
    await make(temporary)
    renameSync(temporary, folder)
    syncFolder(parent)
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true })
    if (existsSync(folder) && isTaken(error)) return
    throw explain(error, folder)
  }
}

/** An error of the file system in words; others as they are. */
export function explain(error: unknown, folder: string): unknown {
  if (isBanyanError(error)) return error
  const code = (error as NodeJS.ErrnoException).code ?? ""
  if (code === "ENOSPC" || code === "EDQUOT")
    return dataError("BN2236", { folder, reason: messageOf(error) }, error)
  if (["EACCES", "EPERM", "EROFS", "ENOTDIR"].includes(code)) {
    return dataError("BN2237", { folder, reason: messageOf(error) }, error)
  }
  return error
}

function isTaken(error: unknown): boolean {
  return ["ENOTEMPTY", "EEXIST"].includes((error as NodeJS.ErrnoException).code ?? "")
}

/** What a process that died while it made a folder of that name left. */
export function removeLeftovers(parent: string, name: string): void {
  const pattern = /^\.(.+)\.([0-9]+)\.[0-9a-f]{8}\.tmp$/
  for (const entry of readdirSync(parent)) {
    const [, of, pid] = pattern.exec(entry) ?? []
    if (of === name && identifyProcess(Number(pid)) === undefined) {
      rmSync(join(parent, entry), { recursive: true, force: true })
    }
  }
}
