import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { createInterface } from "node:readline"
import { type TestContext, test } from "node:test"
import { fileURLToPath } from "node:url"
import { lookUntil } from "../../boot/service/look-until.ts"
import { cgroupFreezer } from "./cgroup-freezer.ts"

const ticking = fileURLToPath(new URL("./testing/ticking-process.ts", import.meta.url))
const freezing = fileURLToPath(new URL("./testing/freezing-process.ts", import.meta.url))
const linux = process.platform === "linux" ? false : "needs /proc"
const cgroups = cgroupFreezer()
const ways = [
  { how: "signal", skip: linux },
  {
    how: "cgroup",
    skip: linux || (cgroups.possible ? false : `no cgroup can be made: ${cgroups.why}`),
  },
]

/** Seven processes in three levels; resolves when all have spoken since it was asked. */
async function tickingTree(t: TestContext) {
  const root = spawn(process.execPath, [ticking, "2"], {
    stdio: ["ignore", "pipe", "inherit"],
    detached: true,
  })
  const ended = once(root, "exit")
  t.after(() => {
    process.kill(-root.pid!, "SIGKILL")
    return ended
  })
  const spoken = new Set<number>()
  createInterface(root.stdout).on("line", line => spoken.add(Number(line)))
  const allSpeak = async () => {
    spoken.clear()
    const all = await lookUntil(20_000, async () => (spoken.size === 7 ? true : undefined))
    assert.ok(all, `${spoken.size} speak`)
  }
  await allSpeak()
  return { pid: root.pid!, allSpeak }
}

/** Who froze the tree, once it stands still. */
async function frozenBy(t: TestContext, pid: number, how: string, ...end: readonly string[]) {
  const child = spawn(process.execPath, [freezing, String(pid), how, ...end], {
    stdio: ["ignore", "pipe", "inherit"],
  })
  t.after(() => child.kill("SIGKILL"))
  const closed = once(child, "close")
  await Promise.race([once(createInterface(child.stdout), "line"), closed])
  return { child, closed }
}

for (const { how, skip } of ways) {
  test(`${how}: who froze is killed, and what was frozen goes on`, { skip }, async t => {
    const { pid, allSpeak } = await tickingTree(t)
    const { child, closed } = await frozenBy(t, pid, how)
    child.kill("SIGKILL")
    await closed
    await allSpeak()
    if (!cgroups.possible) return
    const left = () => readdirSync(cgroups.version.home).filter(name => name.includes(`freeze-${child.pid}-`))
    assert.ok(await lookUntil(20_000, async () => (left().length === 0 ? true : undefined)), `${left()}`)
  })
}

test("an orderly end leaves no guard behind", { skip: linux }, async t => {
  const { pid, allSpeak } = await tickingTree(t)
  const { child, closed } = await frozenBy(t, pid, "signal", "thaw")
  const guard = guardOf(child.pid!)
  await closed
  await allSpeak()
  const isGone = async () => (guard === undefined || !existsSync(`/proc/${guard}`) ? true : undefined)
  assert.ok(await lookUntil(20_000, isGone), `guard ${guard} is left`)
})

/** By the parent it has while that lives; undefined when it has gone already. */
function guardOf(parent: number): number | undefined {
  return readdirSync("/proc")
    .map(Number)
    .find(pid => {
      try {
        const isChild = new RegExp(`^PPid:\\s+${parent}$`, "m").test(
          readFileSync(`/proc/${pid}/status`, "latin1"),
        )
        return isChild && readFileSync(`/proc/${pid}/cmdline`, "latin1").includes("guard-process")
      } catch {
        return false
      }
    })
}
