import { existsSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync } from "node:fs"
import { dirname, join } from "node:path"
import { syncFolder } from "../../../../kit/node/atomic-file.ts"
import { explain } from "./make-once.ts"

/** Postgres takes a folder without it for none: it leaves first and comes last. */
const versionFile = "PG_VERSION"

/** Where in a folder its former data stand aside. */
export type AsideWithin = {
  /** What was there before, whole. */
  readonly whole: string
  /** The same on its way there or back: what is in it and what stands beside it are the former data together. */
  readonly moving: string
}

/** Of a folder that is built anew: nobody needs them once it is. A folder that has them and no data is vacant. */
const rebuilt: AsideWithin = { whole: ".former", moving: ".former.moving" }

/** What will be there, while it is made. */
const fresh = ".fresh"
/** The file system's own (mke2fs). */
const foreign = "lost+found"
/** What is kept in the folder and is none of the data. Postgres leaves a folder of such a name out of base backups. */
export const apart = "pgsql_tmp.banyan"

/**
 * Whether data may be put there: there is no folder, or one whose former data stand aside within it. An empty folder is
 * neither: it may be the place of a volume that is not mounted yet.
 */
export function isVacant(folder: string): boolean {
  if (!existsSync(folder)) return true
  const has = (name: string) => existsSync(join(folder, name))
  return !has(versionFile) && (has(rebuilt.whole) || has(rebuilt.moving))
}

export function hasData(folder: string): boolean {
  return existsSync(join(folder, versionFile))
}

/**
 * A mount point cannot be renamed, nor can anything be renamed into its place: what it holds stands aside within it. May be
 * cut off anywhere and repeated. Throws BN2236, BN2237, as all here do.
 */
export function standAsideWithin(folder: string, aside = rebuilt): void {
  const [whole, moving] = [join(folder, aside.whole), join(folder, aside.moving)]
  explained(folder, () => {
    // With data there, those that once made room for them are of no use; without, what there is was never finished.
    if (hasData(folder)) rmSync(whole, { recursive: true, force: true })
    if (existsSync(whole)) return
    mkdirSync(moving, { recursive: true, mode: 0o700 })
    moveAll(namesIn(folder, aside.whole, aside.moving), folder, moving)
    for (const path of [moving, folder]) syncFolder(path)
    renameSync(moving, whole)
  })
}

/** Where nothing whole has come in their place, the former data are what they were. */
export function comeBackWithin(folder: string, aside = rebuilt): void {
  const [whole, moving] = [join(folder, aside.whole), join(folder, aside.moving)]
  if (hasData(folder) || !existsSync(whole)) return
  explained(folder, () => {
    clear(folder, aside.whole)
    renameSync(whole, moving)
    moveAll(namesIn(moving).reverse(), moving, folder)
    rmdirSync(moving)
    syncFolder(folder)
  })
}

/** Of a vacant folder: what stands aside whole gets another name in it; it stays vacant. False when that is nothing. */
export function keepFormerWithin(folder: string, name: string): boolean {
  const [whole, kept] = [join(folder, rebuilt.whole), join(folder, name)]
  if (readdirSync(whole).length === 0) return false
  explained(folder, () => {
    for (const path of [dirname(kept), join(folder, rebuilt.moving)])
      mkdirSync(path, { recursive: true, mode: 0o700 })
    renameSync(whole, kept)
  })
  return true
}

/** Only where there are data in their place. */
export function removeFormerWithin(folder: string): void {
  explained(folder, () => {
    for (const name of Object.values(rebuilt)) rmSync(join(folder, name), { recursive: true, force: true })
  })
}

/** Fills a vacant mount point. Before the last file is there it is none; what `make` throws leaves it vacant. */
export async function fillWithin(folder: string, make: (temporary: string) => Promise<void>): Promise<void> {
  const temporary = join(folder, fresh)
  standAsideWithin(folder)
  try {
    clear(folder)
    await make(temporary)
    moveIn(temporary, folder)
  } catch (error) {
    clear(folder)
    throw explain(error, folder)
  }
}

/** Whole data become those of a mount point that has none. */
export function moveIn(whole: string, folder: string): void {
  const [version = versionFile, ...others] = namesIn(whole)
  moveAll(others, whole, folder)
  syncFolder(folder)
  moveAll([version], whole, folder)
  rmdirSync(whole)
  syncFolder(folder)
}

/** Removes all data; what is left is vacant. */
export function emptyWithin(folder: string): void {
  explained(folder, () => {
    const whole = join(folder, rebuilt.whole)
    mkdirSync(whole, { recursive: true, mode: 0o700 })
    rmSync(join(folder, versionFile), { force: true })
    for (const path of [folder, whole]) clear(path)
  })
}

/** In the order in which they may leave. */
function namesIn(folder: string, ...but: readonly string[]): string[] {
  return readdirSync(folder)
    .filter(name => name !== foreign && name !== apart && !but.includes(name))
    .toSorted(versionFirst)
}

/** Of what stands aside whole nothing. */
function clear(folder: string, whole = rebuilt.whole): void {
  for (const name of namesIn(folder, whole)) rmSync(join(folder, name), { recursive: true, force: true })
}

function moveAll(names: readonly string[], from: string, to: string): void {
  for (const name of names) renameSync(join(from, name), join(to, name))
}

function versionFirst(a: string, b: string): number {
  return Number(b === versionFile) - Number(a === versionFile)
}

function explained(folder: string, work: () => void): void {
  try {
    work()
  } catch (error) {
    throw explain(error, folder)
  }
}
