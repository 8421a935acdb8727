/** Freezes a process and what is below it, says so, and waits to be killed: <pid> <signal | cgroup> [thaw]. */
import { CgroupFreezer, cgroupFreezer } from "../cgroup-freezer.ts"
import { processTree } from "../process-tree.ts"
import { SignalFreezer } from "../signal-freezer.ts"

const [pid, how, end] = process.argv.slice(2)
const cgroups = cgroupFreezer()
const freezer =
  how === "cgroup" && cgroups.possible ? new CgroupFreezer(cgroups.version) : new SignalFreezer()
await freezer.freeze(() => processTree(Number(pid)))
console.log("frozen")
if (end === "thaw") await freezer.thaw()
else setInterval(() => {}, 1000)
