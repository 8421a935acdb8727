import assert from "node:assert/strict"
import { createHash } from "node:crypto"
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type TestContext, test } from "node:test"
import { Header } from "tar"
import { safePath, Untar } from "./untar.ts"

type Entry = {
  path: string
  type?: "File" | "Directory" | "SymbolicLink" | "Link"
  text?: string
  mode?: number
}

/** An archive as Postgres sends it: ustar, and two empty blocks at the end. */
function archiveOf(entries: readonly Entry[]): Buffer {
  const blocks = entries.flatMap(({ path, type = "File", text = "", mode = 0o777 }) => {
    const header = Buffer.alloc(512)
    const linkpath = type.endsWith("Link") ? "/etc/passwd" : ""
    new Header({ path, type, mode, size: text.length, linkpath }).encode(header, 0)
    return [header, Buffer.from(text), Buffer.alloc((512 - (text.length % 512)) % 512)]
  })
  return Buffer.concat([...blocks, Buffer.alloc(1024)])
}

function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "banyan-untar-"))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

const good: Entry[] = [
  { path: "backup_label", text: "START WAL LOCATION" },
  { path: "base", type: "Directory" },
  { path: "./base/1", type: "Directory" },
  { path: "base/1/1249", text: "x".repeat(100_000) },
  { path: "base/1/empty" },
]

test("files arrive whole, whatever the pieces, and only their owner may look", t => {
  const folder = temporaryFolder(t)
  const archive = archiveOf(good)
  for (const piece of [archive.length, 32_768, 512, 7]) {
    const place = join(folder, String(piece))
    const untar = new Untar(place, {})
    for (let at = 0; at < archive.length; at += piece) untar.write(archive.subarray(at, at + piece))
    const received = untar.end()
    assert.deepEqual([...received.keys()], ["backup_label", "base/1/1249", "base/1/empty"])
    const bytes = readFileSync(join(place, "base/1/1249"))
    const sha256 = createHash("sha256").update(bytes).digest("hex")
    assert.deepEqual(received.get("base/1/1249"), { bytes: 100_000, sha256 })
    assert.equal(statSync(join(place, "base/1/1249")).mode & 0o777, 0o600)
    assert.equal(statSync(join(place, "base/1")).mode & 0o777, 0o700)
  }
})

test("an archive that wants out of its folder, or holds what is no file, is refused", t => {
  const hostile: Entry[] = [
    { path: "../outside", text: "x" },
    { path: "base/../../outside", text: "x" },
    { path: "/tmp/banyan-outside", text: "x" },
    { path: "..", type: "Directory" },
    { path: "base//x", text: "x" },
    { path: "a\\b", text: "x" },
    { path: "pg_tblspc/1", type: "SymbolicLink" },
    { path: "link", type: "Link" },
  ]
  for (const entry of hostile) {
    const folder = temporaryFolder(t)
    const untar = new Untar(join(folder, "data"), {})
    const write = () => {
      untar.write(archiveOf([entry]))
      untar.end()
    }
    assert.throws(write, { code: "BN2251" }, entry.path)
    assert.deepEqual(readdirSync(folder, { recursive: true }), ["data"])
  }
  assert.equal(existsSync("/tmp/banyan-outside"), false)
})

test("a path may begin with the dot Postgres writes, and with nothing else unusual", () => {
  assert.equal(safePath("./pg_wal/archive_status/"), "pg_wal/archive_status")
  for (const wrong of ["", "/", "./", "././x", ".//x", "x/.", "x/..", "x\ny", "x\0y", "//x"]) {
    assert.throws(() => safePath(wrong), { code: "BN2251" }, JSON.stringify(wrong))
  }
})

test("an archive that is cut, damaged, or names a file twice is refused", t => {
  const archive = archiveOf(good)
  const refused = (bytes: Buffer) => {
    const untar = new Untar(join(temporaryFolder(t), "data"), {})
    assert.throws(() => {
      untar.write(bytes)
      untar.end()
    })
  }
  refused(archive.subarray(0, 60_000))
  refused(Buffer.from(archive).fill(0x7f, 0, 300))
  refused(archiveOf([{ path: "x" }, { path: "x" }]))
})
