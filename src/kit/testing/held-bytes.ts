import { setImmediate } from "node:timers/promises"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"

setFlagsFromString("--expose-gc")
const collectGarbage = runInNewContext("gc") as () => void

/** Bytes that this process really holds, on the heap and in buffers, now that what nobody needs is gone. */
export async function heldBytes(): Promise<number> {
  // Twice, with a turn between: the memory of buffers is given back behind the objects.
  for (let times = 0; times < 2; times++) {
    collectGarbage()
    await setImmediate()
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}
