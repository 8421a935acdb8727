import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs"
import { hostname, tmpdir } from "node:os"
import { join } from "node:path"
import { type TestContext, test } from "node:test"

const lockModule = new URL("./lock.mjs", import.meta.url).href

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "banyan-lock-"))
  t.after(() => rmSync(path, { recursive: true, force: true }))
  return path
}

/** A process that appends `in` and `out` to a file while it holds the lock. */
function contender(path: string): Promise<number | null> {
  const program = `
    import { appendFileSync } from "node:fs"
    const { withLock } = await import(${JSON.stringify(lockModule)})
    await withLock(${JSON.stringify(join(path, "lock"))}, async () => {
      appendFileSync(${JSON.stringify(join(path, "trace"))}, "in\\n")
      await new Promise(resolve => setTimeout(resolve, 20))
      appendFileSync(${JSON.stringify(join(path, "trace"))}, "out\\n")
    })`
  const child = spawn(process.execPath, ["--input-type=module", "-e", program], { stdio: "ignore" })
  return new Promise(resolve => child.once("exit", resolve))
}

function assertOneAtATime(path: string, count: number): void {
  const trace = readFileSync(join(path, "trace"), "utf8").trim().split("\n")
  assert.deepEqual(trace, Array.from({ length: count }, () => ["in", "out"]).flat())
}

test("of processes started at once one works at a time, and all get their turn", async t => {
  const path = folder(t)
  const codes = await Promise.all(Array.from({ length: 8 }, () => contender(path)))
  assert.deepEqual(new Set(codes), new Set([0]))
  assertOneAtATime(path, 8)
})

test("the lock of a dead process is broken by one of those who wait", async t => {
  const path = folder(t)
  const dead = spawn(process.execPath, ["-e", ""])
  await new Promise(resolve => dead.once("exit", resolve))
  writeFileSync(join(path, "lock"), `${hostname()} ${dead.pid}`)
  await Promise.all(Array.from({ length: 6 }, () => contender(path)))
  assertOneAtATime(path, 6)
})

test("the lock of another host is broken only when it has been silent", async t => {
  const path = folder(t)
  const lock = join(path, "lock")
  writeFileSync(lock, "elsewhere 1")
  const waiting = contender(path)
  await new Promise(resolve => setTimeout(resolve, 500))
  assert.equal(readFileSync(lock, "utf8"), "elsewhere 1")
  const longAgo = new Date(Date.now() - 60_000)
  utimesSync(lock, longAgo, longAgo)
  assert.equal(await waiting, 0)
  assertOneAtATime(path, 1)
})
