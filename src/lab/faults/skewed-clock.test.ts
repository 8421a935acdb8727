import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { type TestContext, test } from "node:test"
import { fileURLToPath } from "node:url"
import { settableClockUrl, skewedClock } from "./skewed-clock.ts"

const program = fileURLToPath(new URL("./testing/clock-telling-process.ts", import.meta.url))
const hourMs = 3_600_000

/** A process in a folder of its own, which is ours too, and what its clocks say next. */
function start(t: TestContext, flags: readonly string[]) {
  const home = process.cwd()
  const folder = mkdtempSync(join(tmpdir(), "banyan-clock-"))
  process.chdir(folder)
  const child = spawn(process.execPath, [...flags, program], { stdio: ["ignore", "pipe", "inherit"] })
  t.after(() => {
    child.kill("SIGKILL")
    process.chdir(home)
    rmSync(folder, { recursive: true })
  })
  const lines = createInterface(child.stdout)
  return {
    child,
    pid: child.pid!,
    next: async () => {
      // What was said before is still in the pipe.
      for (let stale = 0; stale < 3; stale++) await once(lines, "line")
      const [line] = (await once(lines, "line")) as [string]
      return JSON.parse(line) as { told: [number, number, number, number]; untouched: boolean }
    },
  }
}

for (const offsetMs of [hourMs, -hourMs])
  test(`the wall clock of a running process jumps by ${offsetMs} ms and back, the monotonic one does not`, async t => {
    const { pid, next } = start(t, ["--import", settableClockUrl])
    const [, , , before] = (await next()).told
    const fault = skewedClock("web-1", pid, offsetMs)
    const expect = async (wantedMs: number) => {
      const { told, untouched } = await next()
      const [now, made, said, monotonic] = told
      for (const wall of [now, made, said])
        assert.ok(Math.abs(wall - Date.now() - wantedMs) < 30_000, `${wall}`)
      assert.ok(monotonic > before && monotonic - before < 30_000)
      assert.ok(untouched)
    }
    await expect(0)
    await fault.strike()
    await expect(offsetMs)
    await fault.heal()
    await expect(0)
    assert.deepEqual(readdirSync(".banyan/run/clocks"), [])
    await fault.heal()
  })

test("a process that did not load the clock is not taken for skewed", async t => {
  const { pid, next } = start(t, [])
  await next()
  await assert.rejects(skewedClock("web-1", pid, hourMs).strike(), { code: "BN3020" })
})

test("healing is safe when the victim has gone", async t => {
  const { child, pid, next } = start(t, ["--import", settableClockUrl])
  await next()
  const fault = skewedClock("web-1", pid, hourMs)
  await fault.strike()
  child.kill("SIGKILL")
  await once(child, "exit")
  await fault.heal()
})
