import assert from "node:assert/strict"
import { createHash } from "node:crypto"
import { test } from "node:test"
import { parseManifest, problemOf, type ReceivedFile } from "./manifest.ts"

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex")
const segmentBytes = 16 * 1024 * 1024

type Entry = { path: string; text: string }
const files: Entry[] = [
  { path: "PG_VERSION", text: "18\n" },
  { path: "base/1/1249", text: "x".repeat(8192) },
]

/** In the form Postgres writes. */
function manifestText(entries: readonly Entry[], system = "7512345678901234567"): string {
  const lines = entries.map(
    ({ path, text }) =>
      `{ "Path": "${path}", "Size": ${text.length}, "Last-Modified": "2026-11-21 19:00:00 GMT", "Checksum-Algorithm": "SHA256", "Checksum": "${sha256(text)}" }`,
  )
  const range = '{ "Timeline": 1, "Start-LSN": "0/2000028", "End-LSN": "0/2000120" }'
  const body = `{ "PostgreSQL-Backup-Manifest-Version": 2,\n"System-Identifier": ${system},\n"Files": [\n${lines.join(",\n")}\n],\n"WAL-Ranges": [\n${range}\n],\n`
  return `${body}"Manifest-Checksum": "${sha256(body)}"}\n`
}

function arrived(entries: readonly Entry[]): Map<string, ReceivedFile> {
  const received = entries.map(
    ({ path, text }) => [path, { bytes: text.length, sha256: sha256(text) }] as const,
  )
  return new Map([...received, ["pg_wal/000000010000000000000002", { bytes: segmentBytes, sha256: "" }]])
}

const manifest = parseManifest(Buffer.from(manifestText(files)))

test("a whole copy has no problem; its cluster's number keeps all its digits", () => {
  assert.equal(problemOf(manifest, arrived(files)), undefined)
  assert.equal(manifest.systemIdentifier, "7512345678901234567")
})

test("a file that is missing, extra, cut or changed is named, each by its own code", () => {
  const [version, table] = files as [Entry, Entry]
  const codes = (entries: Entry[]) => {
    const problem = problemOf(manifest, arrived(entries))
    return [problem?.code, problem?.details["path"]]
  }
  assert.deepEqual(codes([version]), ["BN2252", "base/1/1249"])
  assert.deepEqual(codes([...files, { path: "base/1/9", text: "" }]), ["BN2253", "base/1/9"])
  assert.deepEqual(codes([version, { ...table, text: "x" }]), ["BN2254", "base/1/1249"])
  assert.deepEqual(codes([version, { ...table, text: "y".repeat(8192) }]), ["BN2255", "base/1/1249"])
})

test("the log it needs must be there, and whole", () => {
  const segment = "pg_wal/000000010000000000000002"
  const without = arrived(files)
  without.delete(segment)
  assert.equal(problemOf(manifest, without)?.code, "BN2252")
  const other = arrived(files)
  other.delete(segment)
  other.set("pg_wal/000000010000000000000003", { bytes: segmentBytes, sha256: "" })
  assert.deepEqual(problemOf(manifest, other)?.details["path"], segment)
})

test("a manifest that was cut, changed or is of another kind is refused", () => {
  const text = manifestText(files)
  const refused = (wrong: string) =>
    assert.throws(() => parseManifest(Buffer.from(wrong)), { code: "BN2256" })
  for (let at = 0; at < text.length - 1; at += 37) refused(text.slice(0, at))
  refused(text.replace("base/1/1249", "base/1/1248"))
  const resealed = (body: string) => `${body}"Manifest-Checksum": "${sha256(body)}"}\n`
  const body = text.slice(0, text.lastIndexOf('"Manifest-Checksum"'))
  refused(resealed(body.replace('Version": 2', 'Version": 3')))
  refused(resealed(body.replaceAll("SHA256", "CRC32C")))
  refused(resealed(body.replace('"Size": 3', '"Size": -3')))
  refused(resealed("not json\n"))
})
