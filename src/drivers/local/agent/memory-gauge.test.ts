import assert from "node:assert/strict"
import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { type TestContext, test } from "node:test"
import { MemoryGauge, treeBytes } from "./memory-gauge.ts"

const skip = process.platform !== "linux" && "only Linux tells"
const mebibyte = 2 ** 20

/** A process that holds so much, and says so when it does. */
async function holder(
  t: TestContext,
  mebibytes: number,
  wrap = false,
): Promise<ChildProcess & { pid: number }> {
  const script = `const held = Buffer.alloc(${mebibytes} * ${mebibyte}, 1); console.log(held.length); setInterval(() => held, 1e9)`
  const argv = [process.execPath, "-e", script]
  // A shell that has something left to do does not become its command.
  const child = wrap ? spawn("sh", ["-c", '"$@"; exit 0', "sh", ...argv]) : spawn(argv[0]!, argv.slice(1))
  t.after(async () => {
    const gone = once(child, "exit")
    for (const pid of [...(wrap ? grandchildren(child.pid!) : []), child.pid!]) process.kill(pid, "SIGKILL")
    await gone
  })
  await once(child.stdout, "data")
  return child as ChildProcess & { pid: number }
}

function grandchildren(pid: number): number[] {
  const { stdout } = spawnSync("ps", ["-o", "pid=", "--ppid", String(pid)], { encoding: "utf8" })
  return stdout.split("\n").filter(Boolean).map(Number)
}

test("what a process holds, and what its children hold", { skip }, async t => {
  const [small, large, wrapped] = [await holder(t, 1), await holder(t, 200), await holder(t, 200, true)]
  const least = treeBytes(small.pid)
  assert.ok(least > 2 * mebibyte && least < 100 * mebibyte, `${least}`)
  for (const { pid } of [large, wrapped]) {
    const more = treeBytes(pid) - least
    assert.ok(more > 180 * mebibyte && more < 260 * mebibyte, `${more}`)
  }
})

test("who is gone holds nothing, and is not listed", { skip }, async t => {
  const { pid } = await holder(t, 1)
  const gone = 2 ** 22 + 1
  const gauge = new MemoryGauge(() => [pid, gone])
  assert.equal(gauge.bytesOf(pid), undefined)
  await gauge.look()
  assert.ok(gauge.bytesOf(pid)! > 2 * mebibyte)
  assert.equal(gauge.bytesOf(gone), undefined)
})
