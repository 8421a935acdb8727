import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { chownSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Writable } from "node:stream"
import { test } from "node:test"
import { asSuperuser, eventually } from "../../testing/data-for-tests.ts"
import { hasLivePostgres } from "./pid-file.ts"
import { temporaryPostgres } from "./temporary-postgres.ts"

test("a pid file that a crash of the machine left does not keep the server from starting", async t => {
  const postgres = await temporaryPostgres(t)
  const pidFile = join(postgres.dataFolder, "postmaster.pid")
  const text = readFileSync(pidFile, "utf8")
  await postgres.kill()
  // Its pid belongs to another program of the same user by now: this test.
  writeFileSync(pidFile, text.replace(/^[0-9]+/, String(process.ppid)))
  await postgres.start()
  assert.deepEqual(await asSuperuser(postgres, "select 1 as one"), [{ one: 1 }])
})

test("nor does one whose process is dead and not yet buried", {
  skip: process.platform !== "linux",
}, async t => {
  const postgres = await temporaryPostgres(t)
  const pidFile = join(postgres.dataFolder, "postmaster.pid")
  const text = readFileSync(pidFile, "utf8")
  await postgres.kill()
  // The child of a shell that has become a program that waits for nobody; it ends after that, or the shell buries it.
  const parent = spawn("sh", ["-c", "cat <&3 & echo $!; exec sleep 600"], {
    stdio: ["ignore", "pipe", "ignore", "pipe"],
  })
  t.after(() => parent.kill("SIGKILL"))
  const zombie = String((await once(parent.stdout!, "data"))[0]).trim()
  await eventually("a parent that buries nobody", () =>
    /\(sleep\)/.test(readFileSync(`/proc/${parent.pid}/stat`, "utf8")),
  )
  ;(parent.stdio[3] as Writable).end()
  await eventually("a zombie", () => / Z /.test(readFileSync(`/proc/${zombie}/stat`, "utf8")))
  writeFileSync(pidFile, text.replace(/^[0-9]+/, zombie))
  await postgres.start()
  assert.deepEqual(await asSuperuser(postgres, "select 1 as one"), [{ one: 1 }])
})

test("the pid file of a server that runs stays", async t => {
  const postgres = await temporaryPostgres(t)
  const pidFile = join(postgres.dataFolder, "postmaster.pid")
  const text = readFileSync(pidFile, "utf8")
  await postgres.server.prepare()
  assert.equal(readFileSync(pidFile, "utf8"), text)
  assert.deepEqual(await asSuperuser(postgres, "select 1 as one"), [{ one: 1 }])
})

test("who is just leaving a server beside it does not count as at work in a folder", {
  skip: process.platform !== "linux",
}, async t => {
  const postgres = await temporaryPostgres(t)
  const folder = mkdtempSync(join(tmpdir(), "beside-"))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const { uid, gid } = statSync(postgres.dataFolder)
  chownSync(folder, uid, gid)
  let [over, looks, found] = [false, 0, 0]
  const coming = (async () => {
    for (let nth = 0; nth < 60; nth++) await asSuperuser(postgres, "select 1")
    over = true
  })()
  while (!over) {
    if (hasLivePostgres(folder)) found++
    looks++
    await new Promise(resolve => setImmediate(resolve))
  }
  await coming
  assert.equal(found, 0, `of ${looks} looks`)
})
