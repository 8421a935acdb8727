/**
 * Test support, a program: swaps in what its argument describes. Before the nth change of a folder it kills itself, or says
 * so and waits for the end of its input.
 */
import fs from "node:fs"
import { syncBuiltinESMExports } from "node:module"

const { prepared, as, present, dieBefore, waitBefore } = JSON.parse(process.argv[2]!)
let changes = 0
for (const name of ["renameSync", "rmSync", "mkdirSync", "rmdirSync"] as const) {
  const real = fs[name] as (...args: never[]) => unknown
  const dying = (...args: never[]) => {
    if (++changes === dieBefore) process.kill(process.pid, "SIGKILL")
    if (changes === waitBefore) waitForEnd()
    return real(...args)
  }
  Object.assign(fs, { [name]: dying })
}
syncBuiltinESMExports()
const { swapIn } = await import("../restore/swap-in.ts")
console.log(JSON.stringify(swapIn(prepared, as, present)))

function waitForEnd(): void {
  fs.writeSync(1, "waiting\n")
  fs.readFileSync(0)
}
