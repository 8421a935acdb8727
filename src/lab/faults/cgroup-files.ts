import { readFileSync, rmdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"

const timeoutMs = 5000
const lookEveryMs = 2

/** Lets everybody in a cgroup go on, each in a cgroup that is left, and removes it. */
export async function thawCgroup(
  { folder, control, thawed }: { readonly folder: string; readonly control: string; readonly thawed: string },
  homeOf: (pid: number) => string,
): Promise<void> {
  writeFileSync(join(folder, control), thawed)
  await become(folder, "be empty", () => {
    const inside = textAt(join(folder, "cgroup.procs")).split("\n").filter(Boolean).map(Number)
    for (const pid of inside) move(pid, homeOf(pid))
    return isRemoved(folder)
  })
}

/** Resolves when it is so, at the kernel's leisure. */
export async function become(folder: string, what: string, isSo: () => boolean): Promise<void> {
  const untilMs = performance.now() + timeoutMs
  while (!isSo()) {
    if (performance.now() > untilMs) throw new Error(`${folder} did not come to ${what} in ${timeoutMs} ms`)
    await sleep(lookEveryMs)
  }
}

/** It may be gone by now. */
export function move(pid: number, folder: string): void {
  try {
    writeFileSync(join(folder, "cgroup.procs"), String(pid))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error
  }
}

/** The kernel needs a moment after the last process has left. */
function isRemoved(folder: string): boolean {
  try {
    rmdirSync(folder)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EBUSY") throw error
    return false
  }
}

export function textAt(path: string): string {
  try {
    return readFileSync(path, "latin1")
  } catch {
    return ""
  }
}
