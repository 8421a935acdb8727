import { existsSync, renameSync, rmSync } from "node:fs"
import {
  comeBackWithin,
  emptyWithin,
  isVacant,
  removeFormerWithin,
  standAsideWithin,
} from "../server/mounted-folder.ts"

/** What stands aside, and what may become of it. */
type Aside = { comeBack(): void; remove(): void }

/**
 * The old data stand aside until the new ones are whole; when `make` fails they are back. Those that stand aside since
 * somebody died in the middle go once there are new ones.
 */
export async function inPlaceOf(folder: string, make: () => Promise<unknown>): Promise<void> {
  const aside = standAside(folder)
  try {
    await make()
  } catch (error) {
    aside.comeBack()
    throw error
  }
  aside.remove()
}

/** Removes a data folder and what stands aside of it. A mount point is emptied: it can be filled again. */
export function removeWholly(folder: string): void {
  rmSync(asideOf(folder), { recursive: true, force: true })
  try {
    if (existsSync(folder)) renameSync(folder, asideOf(folder))
  } catch (error) {
    if (!isMountPoint(error)) throw error
    emptyWithin(folder)
  }
  rmSync(asideOf(folder), { recursive: true, force: true })
}

function standAside(folder: string): Aside {
  const aside = asideOf(folder)
  const beside: Aside = {
    comeBack() {
      if (!existsSync(folder) && existsSync(aside)) renameSync(aside, folder)
    },
    remove: () => rmSync(aside, { recursive: true, force: true }),
  }
  const within: Aside = {
    comeBack: () => comeBackWithin(folder),
    remove: () => removeFormerWithin(folder),
  }
  if (!existsSync(folder)) return beside
  if (isVacant(folder)) return within
  beside.remove()
  try {
    renameSync(folder, aside)
    return beside
  } catch (error) {
    if (!isMountPoint(error)) throw error
    standAsideWithin(folder)
    return within
  }
}

/** What rename(2) says of one. */
function isMountPoint(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "EBUSY"
}

/** Where a data folder stands while another one is built in its place. */
function asideOf(folder: string): string {
  return `${folder}.former`
}
