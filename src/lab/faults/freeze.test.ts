import assert from "node:assert/strict"
import { type ChildProcess, spawn } from "node:child_process"
import { existsSync } from "node:fs"
import { createInterface } from "node:readline"
import { type TestContext, test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { lookUntil } from "../../boot/service/look-until.ts"
import { CgroupFreezer, cgroupFreezer } from "./cgroup-freezer.ts"
import { freezeFault } from "./freeze.ts"
import type { Freezer } from "./freezer.ts"
import { isStopped, processTree } from "./process-tree.ts"
import { SignalFreezer } from "./signal-freezer.ts"

const program = fileURLToPath(new URL("./testing/ticking-process.ts", import.meta.url))
const linux = process.platform === "linux" ? false : "needs /proc"
const cgroups = cgroupFreezer()
const ways: readonly { name: string; skip: string | false; make: () => Freezer }[] = [
  { name: "signal", skip: linux, make: () => new SignalFreezer() },
  {
    name: "cgroup",
    skip: linux || (cgroups.possible ? false : `no cgroup can be made: ${cgroups.why}`),
    make: () =>
      new CgroupFreezer((cgroups as { version: ConstructorParameters<typeof CgroupFreezer>[0] }).version),
  },
]

/** A process and what is below it, ended with the test whatever became of it. */
function start(
  t: TestContext,
  command: string,
  args: readonly string[],
): ChildProcess & { readonly pid: number } {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"], detached: true })
  const ended = new Promise(resolve => child.once("exit", resolve))
  t.after(() => {
    // Its group, unless the test has ended it.
    if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid!, "SIGKILL")
    return ended
  })
  return child as ChildProcess & { readonly pid: number }
}

/** Seven processes in three levels, and who of them has spoken lately. */
async function tickingTree(t: TestContext) {
  const root = start(t, process.execPath, [program, "2"])
  const spoken = new Set<number>()
  createInterface(root.stdout!).on("line", line => spoken.add(Number(line)))
  const allSpeak = async () => {
    spoken.clear()
    assert.ok(
      await lookUntil(20_000, async () => (spoken.size === 7 ? true : undefined)),
      `${spoken.size} speak`,
    )
  }
  await allSpeak()
  return { pid: root.pid, spoken, allSpeak }
}

for (const { name, skip, make } of ways) {
  test(`${name}: a whole tree stands still, and goes on`, { skip }, async t => {
    const { pid, spoken, allSpeak } = await tickingTree(t)
    const freezer = make()
    t.after(() => freezer.thaw())
    await freezer.freeze(() => processTree(pid))
    // What was said before is still in the pipe.
    await sleep(100)
    spoken.clear()
    await sleep(200)
    assert.deepEqual([...spoken], [])
    await freezer.thaw()
    await allSpeak()
    await freezer.thaw()
  })

  test(`${name}: one process alone stands still, its children go on`, { skip }, async t => {
    const { pid, spoken } = await tickingTree(t)
    const freezer = make()
    t.after(() => freezer.thaw())
    await freezer.freeze(() => [pid])
    await sleep(100)
    spoken.clear()
    assert.ok(await lookUntil(20_000, async () => (spoken.size === 6 ? true : undefined)))
    assert.ok(!spoken.has(pid))
  })

  test(`${name}: who gives birth all the time does not slip away`, { skip }, async t => {
    const { pid } = start(t, "sh", ["-c", "while :; do sleep 0.002 & sleep 0.002; done"])
    for (let round = 0; round < 10; round++) {
      const freezer = make()
      await freezer.freeze(() => processTree(pid))
      const tree = processTree(pid)
      await sleep(10)
      assert.deepEqual(processTree(pid), tree)
      await freezer.thaw()
    }
  })

  test(`${name}: thawing is safe when nothing was frozen, and when the victim has gone`, {
    skip,
  }, async t => {
    const child = start(t, "sleep", ["60"])
    const freezer = make()
    await freezer.thaw()
    if (name === "signal") {
      await freezer.freeze(() => [child.pid])
      child.kill("SIGKILL")
      await new Promise(resolve => child.once("exit", resolve))
    }
    await freezer.thaw()
  })
}

test("a freeze is a fault: named, told how, struck and healed", { skip: linux }, async t => {
  const { pid } = start(t, "sleep", ["60"])
  const fault = freezeFault({ subject: "web-1", pid, scope: "tree", by: "signal" })
  assert.deepEqual([fault.name, fault.subject, fault.detail], ["freeze", "web-1", `tree ${pid}, by SIGSTOP`])
  await fault.strike()
  assert.ok(isStopped(pid))
  await fault.heal()
  assert.ok(!isStopped(pid))
})

test("a cgroup that froze somebody is gone after the thaw", { skip: ways[1]!.skip }, async t => {
  const { pid } = start(t, "sleep", ["60"])
  const fault = freezeFault({ subject: "web-1", pid, scope: "process" })
  await fault.strike()
  assert.ok(cgroups.possible)
  const folder = `${cgroups.version.home}/banyan-freeze-${process.pid}-`
  const ours = () =>
    Array.from({ length: 50 }, (_, nth) => existsSync(`${folder}${nth}`)).filter(Boolean).length
  assert.equal(ours(), 1)
  await fault.heal()
  assert.equal(ours(), 0)
})
