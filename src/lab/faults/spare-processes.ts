/**
 * Loaded by every process of a drill's service before its own code: signals do not reach whom the file names, nor its
 * children, as they do not reach a process that waits in the kernel for a disk. Who sends them is told that they were sent.
 */
import { readFileSync } from "node:fs"
import { parentOf } from "./process-tree.ts"
import { type Spared, sparedFile } from "./spared-file.ts"

const kill = process.kill.bind(process)

process.kill = (pid, signal) => (signal !== 0 && isSpared(Math.abs(pid)) ? true : kill(pid, signal))

function isSpared(pid: number): boolean {
  try {
    const { holder, root } = JSON.parse(readFileSync(sparedFile, "utf8")) as Spared
    // Children are born while it is spared, too: whoever connects to a database server is served by a new one.
    return (pid === root || parentOf(pid) === root) && kill(holder, 0)
  } catch {
    return false
  }
}
