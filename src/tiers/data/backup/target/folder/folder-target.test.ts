import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type TestContext, test } from "node:test"
import { backupTargetConformance } from "../backup-target-conformance.ts"
import { FolderTarget } from "./folder-target.ts"

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "banyan-target-"))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

backupTargetConformance("folder", async t => {
  const folder = folderFor(t)
  return { target: new FolderTarget(folder), reopened: async () => new FolderTarget(folder) }
})

test("a folder that is missing is not made: it may be a disk that is not mounted", async t => {
  const folder = folderFor(t)
  const target = new FolderTarget(join(folder, "missing"))
  await assert.rejects(target.put("a", Buffer.from("x")), { code: "BN2404", message: /does not exist/ })
  await assert.rejects(target.list(""), { code: "BN2404" })
  assert.equal(existsSync(join(folder, "missing")), false)
  writeFileSync(join(folder, "file"), "")
  await assert.rejects(new FolderTarget(join(folder, "file")).list(""), { message: /it is no folder/ })
})

test("files are the owner's alone; what a crash left is neither listed nor kept for ever", async t => {
  const folder = folderFor(t)
  const [old, young] = [
    join(folder, "wal", ".0123456789abcdef.tmp"),
    join(folder, "wal", ".fedcba9876543210.tmp"),
  ]
  mkdirSync(join(folder, "wal"))
  for (const file of [old, young]) writeFileSync(file, "half")
  utimesSync(old, 0, 0)
  const target = new FolderTarget(folder)
  await target.put("wal/1", Buffer.from("x"))
  assert.deepEqual(await target.list(""), [{ name: "wal/1", bytes: 1 }])
  assert.deepEqual(readdirSync(join(folder, "wal")).sort(), [".fedcba9876543210.tmp", "1"])
  assert.equal(statSync(join(folder, "wal", "1")).mode & 0o77, 0)
})

test("a full disk is told as such, leaves no half object, and takes more once there is room", async t => {
  const folder = folderFor(t)
  if (spawnSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", folder]).status !== 0)
    return t.skip("no right to mount a small disk")
  try {
    const target = new FolderTarget(folder)
    await target.put("first", Buffer.alloc(600_000))
    await assert.rejects(target.put("second", Buffer.alloc(600_000)), { code: "BN2402" })
    assert.deepEqual(readdirSync(folder), ["first"])
    await target.delete("first")
    await target.put("second", Buffer.alloc(600_000))
  } finally {
    spawnSync("umount", [folder])
  }
})
