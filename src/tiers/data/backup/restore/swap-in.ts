import { existsSync, renameSync, rmSync } from "node:fs"
import { basename, dirname, join } from "node:path"
import { syncFolder } from "../../../../kit/node/atomic-file.ts"
import { isMountPoint } from "../../../../kit/node/mount-point.ts"
import { identifyProcess, isAlive } from "../../../../kit/node/process-identity.ts"
import { explain } from "../../postgres/server/make-once.ts"
import { hasData, moveIn } from "../../postgres/server/mounted-folder.ts"
import { hasLivePostgres } from "../../postgres/server/pid-file.ts"
import { backupError } from "../backup-errors.ts"
import { type Former, formerOf, leftAside } from "./former-data.ts"

/** A restored data folder beside the present one, or within it where that is a mount point. */
export type Restored = {
  readonly folder: string
  /** The mount point it lies within, and will be the content of. */
  readonly mount: string | undefined
}

/**
 * Gives the restored folder its name; where that is a mount point, its content. What was there before, replicas' folders
 * too, is kept aside; gives where. Throws BN2421 while a server works in one, BN2422, BN2236, BN2237; then everything is as
 * it was, and the restored folder gone. Who dies in the middle leaves the former data or the restored ones (`settleSwap`).
 */
export function swapIn(prepared: Restored, as: string, present: readonly string[]): readonly string[] {
  try {
    return swap(prepared, as, present)
  } catch (error) {
    rmSync(prepared.folder, { recursive: true, force: true })
    throw error
  }
}

function swap(prepared: Restored, as: string, present: readonly string[]): readonly string[] {
  const there = present.filter(folder => existsSync(folder))
  const busy = there.find(folder => hasLivePostgres(folder))
  if (busy !== undefined) throw backupError("BN2421", { folder: busy })
  const target = join(dirname(prepared.mount ?? prepared.folder), as)
  if ((isMountPoint(target) ? target : undefined) !== prepared.mount)
    throw backupError("BN2422", { folder: target })
  const suffix = `before-restore-${new Date().toISOString().replaceAll(/[-:.]/g, "")}`
  // The one whose place is taken leaves last: until then its data are the service's.
  const formers = there
    .toSorted((a, b) => Number(a === target) - Number(b === target))
    .map(folder => formerOf(folder, `${suffix}-${basename(folder)}`, target))
  const begun: Former[] = []
  try {
    for (const former of formers) {
      begun.unshift(former)
      former.standAside()
    }
    if (prepared.mount === undefined) renameSync(prepared.folder, target)
    else moveIn(prepared.folder, target)
    syncFolder(dirname(target))
  } catch (error) {
    for (const former of begun) former.comeBack()
    throw explain(error, target)
  }
  return formers.map(former => former.keep()).filter(aside => aside !== undefined)
}

/**
 * Where a restore died in the middle, this data folder has its former data again, or the restored ones when they had all
 * come, and the former are kept. Throws BN2423 while one is at work: nobody may make a fresh, empty database there
 * meanwhile. BN2236, BN2237.
 */
export function settleSwap(folder: string): void {
  for (const { former, by, room } of leftAside(folder)) {
    if (isAlive(by)) throw backupError("BN2423", { folder, pid: by.pid })
    try {
      if (hasData(folder) && former.hasLeft()) former.keep()
      else former.comeBack()
    } catch (error) {
      throw explain(error, folder)
    }
    // What of the restored data has not come.
    if (identifyProcess(by.pid) === undefined)
      rmSync(join(room, `restore-${by.pid}`), { recursive: true, force: true })
  }
}
