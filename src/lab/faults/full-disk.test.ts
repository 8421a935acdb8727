import assert from "node:assert/strict"
import { existsSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { test } from "node:test"
import { fullDiskFault, SmallDisk } from "./full-disk.ts"

const disk = SmallDisk.mount({ parent: tmpdir(), sizeMb: 8 })
const skip = disk instanceof SmallDisk ? false : `${disk.why}; ${disk.remedy}`

test("a full disk takes no byte more, has room again after healing, and leaves nothing", {
  skip,
}, async t => {
  assert.ok(disk instanceof SmallDisk)
  t.after(() => disk.unmount())
  const fault = fullDiskFault(disk, "disk")
  t.after(() => fault.heal())
  const write = () => writeFileSync(join(disk.folder, "more"), "one byte more")
  await fault.heal()
  await fault.strike()
  assert.throws(write, { code: "ENOSPC" })
  await fault.heal()
  await fault.heal()
  write()
})

test("a disk that was unmounted is gone", { skip }, () => {
  assert.ok(disk instanceof SmallDisk)
  assert.ok(!existsSync(disk.folder))
})
