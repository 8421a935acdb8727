import { existsSync, readdirSync, renameSync, rmSync } from "node:fs"
import { basename, dirname, join } from "node:path"
import { syncFolder } from "../../../../kit/node/atomic-file.ts"
import { isMountPoint } from "../../../../kit/node/mount-point.ts"
import { identifyProcess, type ProcessIdentity } from "../../../../kit/node/process-identity.ts"
import {
  type AsideWithin,
  apart,
  comeBackWithin,
  hasData,
  isVacant,
  keepFormerWithin,
  standAsideWithin,
} from "../../postgres/server/mounted-folder.ts"
import { removeIfEmpty } from "./restore-place.ts"

/** A present data folder while another one may come in its place. */
export type Former = {
  standAside(): void
  /** However far it came. */
  comeBack(): void
  /** Gives where it is from now on; undefined when there was nothing. */
  keep(): string | undefined
}

/** Of the folder whose place is taken: until the other one has it, it stands aside under a name of the restore's process. */
type FormerOfTarget = Former & {
  /** Wholly. */
  hasLeft(): boolean
}

/** What a restore left on its way. */
export type LeftAside = {
  readonly former: FormerOfTarget
  readonly by: ProcessIdentity
  /** Where it prepared what was to come. */
  readonly room: string
}

/** Names tell who put it there, that nobody else ends what is still going on. */
const asidePattern = /^(before-restore-.+)\.([0-9]+)-(.+)\.former(?:\.moving)?$/

export function formerOf(folder: string, name: string, target: string): Former {
  const isMounted = isMountPoint(folder)
  if (folder === target) {
    const { pid, startedAt } = identifyProcess(process.pid)!
    const leaving = `${name}.${pid}-${startedAt}.former`
    return isMounted ? targetWithin(folder, name, leaving) : targetBeside(folder, name, leaving)
  }
  return isMounted ? replicaWithin(folder, name) : replicaBeside(folder, name)
}

/** Of this folder, whether it is a mount point or was. */
export function leftAside(folder: string): LeftAside[] {
  const within = join(folder, apart)
  return [dirname(folder), within].flatMap(room => {
    const entries = existsSync(room) ? readdirSync(room) : []
    return entries.flatMap(entry => {
      const [, name = "", pid, startedAt] = asidePattern.exec(entry) ?? []
      if (startedAt === undefined || !name.endsWith(`-${basename(folder)}`)) return []
      const kind = room === within ? targetWithin : targetBeside
      const former = kind(folder, name, entry.replace(/\.moving$/, ""))
      return [{ former, by: { pid: Number(pid), startedAt }, room }]
    })
  })
}

function replicaBeside(folder: string, name: string): Former {
  const aside = join(dirname(folder), name)
  return {
    standAside: () => renameSync(folder, aside),
    comeBack: () => existsSync(aside) && renameSync(aside, folder),
    keep: () => aside,
  }
}

/** It is vacant from then on, and built anew from the restored primary. */
function replicaWithin(folder: string, name: string): Former {
  const wasVacant = isVacant(folder)
  return {
    standAside: () => standAsideWithin(folder),
    comeBack() {
      if (wasVacant) return
      if (isVacant(folder)) standAsideWithin(folder)
      comeBackWithin(folder)
    },
    keep: () => (keepFormerWithin(folder, join(apart, name)) ? join(folder, apart, name) : undefined),
  }
}

function targetBeside(folder: string, name: string, leaving: string): FormerOfTarget {
  const parent = dirname(folder)
  const [aside, kept] = [join(parent, leaving), join(parent, name)]
  return {
    standAside: () => renameSync(folder, aside),
    hasLeft: () => existsSync(aside),
    comeBack() {
      if (!existsSync(aside)) return
      renameSync(aside, folder)
      syncFolder(parent)
    },
    keep() {
      renameSync(aside, kept)
      syncFolder(parent)
      return kept
    },
  }
}

/** Never vacant: nobody may make a fresh, empty database there while the former data stand aside. */
function targetWithin(folder: string, name: string, leaving: string): FormerOfTarget {
  const whole = join(apart, leaving)
  const aside = { whole, moving: `${whole}.moving` }
  const hasLeft = () => existsSync(join(folder, whole))
  return {
    standAside: () => standAsideWithin(folder, aside),
    hasLeft,
    comeBack() {
      if (hasLeft()) rmSync(join(folder, "PG_VERSION"), { force: true })
      putBack(folder, aside)
    },
    keep: () => keepWhole(folder, name, whole),
  }
}

function putBack(folder: string, aside: AsideWithin): void {
  const [whole, moving] = [join(folder, aside.whole), join(folder, aside.moving)]
  if (!existsSync(whole) && !existsSync(moving)) return
  // Nothing had left yet, or everything was back.
  if (hasData(folder)) removeIfEmpty(moving)
  else {
    standAsideWithin(folder, aside)
    comeBackWithin(folder, aside)
  }
}

function keepWhole(folder: string, name: string, whole: string): string | undefined {
  const path = join(folder, whole)
  removeIfEmpty(path)
  if (!existsSync(path)) {
    removeIfEmpty(dirname(path))
    return undefined
  }
  const kept = join(folder, apart, name)
  renameSync(path, kept)
  syncFolder(dirname(kept))
  return kept
}
