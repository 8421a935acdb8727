import { readdirSync, readFileSync } from "node:fs"

/** What proc(5) says of a process that lives. */
type ProcessFacts = { readonly parent: number; readonly state: string }

/** A process and everything below it, parents before their children. Empty when it has gone. Linux only. */
export function processTree(root: number): number[] {
  const children = new Map<number, number[]>()
  for (const name of readdirSync("/proc")) {
    const pid = Number(name)
    const parent = Number.isNaN(pid) ? undefined : factsOf(pid)?.parent
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), pid])
  }
  if (factsOf(root) === undefined) return []
  const tree = [root]
  // The list grows while it is walked: breadth first, so parents stand before their children.
  for (const pid of tree) tree.push(...(children.get(pid) ?? []))
  return tree
}

/**
 * After a SIGSTOP: whether it stands still. `T`: it took the signal. `D`: it sleeps in the kernel, where the signal
 * waits for it, so it never comes back to its own code (a parent in vfork, whose child was stopped before its exec).
 */
export function isStopped(pid: number): boolean {
  const state = factsOf(pid)?.state
  return state === undefined || state === "T" || state === "D"
}

/**
 * Whether nothing of it is left but its entry: the last of its threads has closed its files, so its connections are
 * closed, too. A killed process gets there when a processor is free for it, which on a busy machine takes a while.
 */
export function hasEnded(pid: number): boolean {
  if (factsOf(pid) !== undefined) return false
  try {
    return readdirSync(`/proc/${pid}/task`).length <= 1
  } catch {
    return true
  }
}

/** Undefined when it has gone. */
export function parentOf(pid: number): number | undefined {
  return factsOf(pid)?.parent
}

/** Undefined when it has gone; a zombie has. */
function factsOf(pid: number): ProcessFacts | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1")
    // The name may hold spaces and brackets; state and parent come after the last ")".
    const [state = "", parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
    return state === "Z" || state === "X" ? undefined : { parent: Number(parent), state }
  } catch {
    return undefined
  }
}
