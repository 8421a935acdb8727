import { linkSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { identifyProcess, isAlive, type ProcessIdentity } from "../../kit/node/process-identity.ts"

/**
 * A lock that is held for as long as its process lives: there is no release, and a crash leaves nothing to clean up.
 *
 * The lock is the highest-numbered file `<name>.<n>`, which names its holder by pid and start time. To take it, link
 * a finished file as n + 1 when the holder of n is dead. link(2) fails if the name exists, so of many contenders one
 * wins. Removing a stale lock and making a new one would be two steps, and a slow contender could remove the
 * winner's; here nobody ever removes the highest number. A winner tidies lower ones away; whoever links a number
 * that had been tidied away sees the higher one when it looks again, and gives way.
 *
 * Returns undefined when this process now holds the lock, or the living process that does.
 */
export function takeLock(folder: string, name: string): ProcessIdentity | undefined {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const self = identifyProcess(process.pid) ?? { pid: process.pid, startedAt: "" }
  const draft = join(folder, `${name}.draft-${process.pid}`)
  writeFileSync(draft, JSON.stringify(self), { mode: 0o600 })
  try {
    for (;;) {
      const highest = highestNumber(folder, name)
      const holder = readHolder(join(folder, `${name}.${highest}`))
      if (holder !== undefined && isAlive(holder)) return holder
      if (!linkIfFree(draft, join(folder, `${name}.${highest + 1}`))) continue
      if (highestNumber(folder, name) === highest + 1) {
        for (const number of numbersOf(folder, name)) if (number <= highest) remove(folder, name, number)
        return undefined
      }
      remove(folder, name, highest + 1)
    }
  } finally {
    rmSync(draft, { force: true })
  }
}

/** The living process that holds a lock. */
export function lockHolder(folder: string, name: string): ProcessIdentity | undefined {
  const holder = readHolder(join(folder, `${name}.${highestNumber(folder, name)}`))
  return holder !== undefined && isAlive(holder) ? holder : undefined
}

function remove(folder: string, name: string, number: number): void {
  rmSync(join(folder, `${name}.${number}`), { force: true })
}

function numbersOf(folder: string, name: string): number[] {
  return readdirSync(folder)
    .filter(file => file.startsWith(`${name}.`) && /^[1-9][0-9]*$/.test(file.slice(name.length + 1)))
    .map(file => Number(file.slice(name.length + 1)))
}

function highestNumber(folder: string, name: string): number {
  return Math.max(0, ...numbersOf(folder, name))
}

/** Unreadable or nonsense means dead: the file was complete before it got its name, so someone else spoilt it. */
function readHolder(path: string): ProcessIdentity | undefined {
  try {
    const { pid, startedAt } = JSON.parse(readFileSync(path, "utf8"))
    return typeof pid === "number" && typeof startedAt === "string" ? { pid, startedAt } : undefined
  } catch {
    return undefined
  }
}

function linkIfFree(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false
    throw error
  }
}
