import assert from "node:assert/strict"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { test } from "node:test"
import { apart } from "../../tiers/data/postgres/server/mounted-folder.ts"
import { roomForCopies } from "./room-for-copies.ts"

test("a copy needs what the files of all folders take on the disk", async t => {
  const folder = mkdtempSync(join(tmpdir(), "room-"))
  t.after(() => rmSync(folder, { recursive: true }))
  mkdirSync(join(folder, "base/1"), { recursive: true })
  writeFileSync(join(folder, "base/1/1259"), Buffer.alloc(100_000, 1))
  writeFileSync(join(folder, "PG_VERSION"), "18")
  // What a restore into a mount point keeps there is no part of it.
  mkdirSync(join(folder, apart, "before-restore/base"), { recursive: true })
  writeFileSync(join(folder, apart, "before-restore/base/1259"), Buffer.alloc(200_000, 1))
  const { neededBytes, freeBytes } = await roomForCopies(folder)
  assert.ok(neededBytes >= 100_000 && neededBytes < 200_000, String(neededBytes))
  assert.ok(freeBytes > 0)
})
