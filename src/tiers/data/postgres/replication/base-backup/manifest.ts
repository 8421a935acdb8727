import { createHash } from "node:crypto"
import { z } from "zod"
import type { BanyanError } from "../../../../../kit/errors.ts"
import { parseLsn, segmentNames } from "../lsn.ts"
import { replicationError } from "../replication-errors.ts"

/** A file as it arrived: its size and the SHA-256 of its bytes, in hexadecimal. */
export type ReceivedFile = { readonly bytes: number; readonly sha256: string }
export type ReceivedFiles = ReadonlyMap<string, ReceivedFile>

/** A file as the server says it must be; paths are relative to the data folder. */
type NamedFile = { readonly path: string; readonly bytes: number; readonly sha256: string }
type WalRange = { readonly timeline: number; readonly start: bigint; readonly end: bigint }

export type Manifest = {
  readonly systemIdentifier: string
  readonly files: readonly NamedFile[]
  /** What must be replayed before the copy is consistent. */
  readonly walRanges: readonly WalRange[]
}

/** "Backup Manifest Format" in the manual of Postgres. Version 2 came with PostgreSQL 17. */
const manifestSchema = z.object({
  "PostgreSQL-Backup-Manifest-Version": z.literal(2),
  // More than 53 bits: the number itself is read from the text.
  "System-Identifier": z.number(),
  Files: z.array(
    z.object({
      Path: z.string().optional(),
      /** In place of Path when that is no UTF-8, in hexadecimal. */
      "Encoded-Path": z.string().optional(),
      Size: z.int().nonnegative(),
      "Checksum-Algorithm": z.literal("SHA256"),
      Checksum: z.string(),
    }),
  ),
  "WAL-Ranges": z.array(z.object({ Timeline: z.int(), "Start-LSN": z.string(), "End-LSN": z.string() })),
})

/** Reads a manifest, its own checksum first. Throws BN2256. */
export function parseManifest(bytes: Uint8Array): Manifest {
  const text = Buffer.from(bytes).toString("utf8")
  // The last line holds the checksum of all lines before it.
  const lastLineAt = text.lastIndexOf("\n", text.length - 2) + 1
  const [, wanted] = /^"Manifest-Checksum": "([0-9a-f]{64})"\}\s*$/.exec(text.slice(lastLineAt)) ?? []
  if (wanted === undefined) throw unusable("it is cut off")
  const found = createHash("sha256").update(text.slice(0, lastLineAt)).digest("hex")
  if (found !== wanted) throw unusable("its own checksum is wrong")
  const parsed = manifestSchema.safeParse(jsonOf(text))
  if (!parsed.success) throw unusable(parsed.error.issues[0]?.message ?? "its form is unknown")
  return {
    systemIdentifier: /"System-Identifier":\s*([0-9]+)/.exec(text)?.[1] ?? "",
    files: parsed.data.Files.map(file => ({
      path: file.Path ?? Buffer.from(file["Encoded-Path"] ?? "", "hex").toString("latin1"),
      bytes: file.Size,
      sha256: file.Checksum,
    })),
    walRanges: parsed.data["WAL-Ranges"].map(range => ({
      timeline: range.Timeline,
      start: parseLsn(range["Start-LSN"]),
      end: parseLsn(range["End-LSN"]),
    })),
  }
}

/**
 * Holds what arrived against what the server says it sent: BN2252 (missing), BN2253 (extra), BN2254 (size), BN2255
 * (checksum), or undefined when all is well. The log is not in the manifest, its records have checksums of their own;
 * but every file of it that the copy needs must be there.
 */
export function problemOf(manifest: Manifest, received: ReceivedFiles): BanyanError | undefined {
  const named = new Set(manifest.files.map(({ path }) => path))
  const extra = [...received.keys()].filter(path => !named.has(path) && !path.startsWith("pg_wal/"))
  const problems = [
    ...manifest.files.flatMap(file => wrongWith(file, received.get(file.path))),
    ...missingWal(manifest.walRanges, received).map(path => ["BN2252", { path }] as const),
    ...extra.map(path => ["BN2253", { path }] as const),
  ]
  const [first] = problems
  return first && replicationError(first[0], { ...first[1], problems: problems.length })
}

type Problem = readonly [Parameters<typeof replicationError>[0], Record<string, string | number>]

function wrongWith({ path, bytes, sha256 }: NamedFile, found: ReceivedFile | undefined): Problem[] {
  if (found === undefined) return [["BN2252", { path }]]
  if (found.bytes !== bytes) return [["BN2254", { path, found: found.bytes, wanted: bytes }]]
  if (found.sha256 !== sha256) return [["BN2255", { path, found: found.sha256, wanted: sha256 }]]
  return []
}

function missingWal(ranges: readonly WalRange[], received: ReceivedFiles): string[] {
  const segments = [...received].filter(([path]) => /^pg_wal\/[0-9A-F]{24}$/.test(path))
  const segmentBytes = Math.max(0, ...segments.map(([, { bytes }]) => bytes))
  if (segmentBytes === 0) return ["pg_wal/*"]
  return ranges
    .flatMap(({ timeline, start, end }) => segmentNames(timeline, start, end, segmentBytes))
    .map(name => `pg_wal/${name}`)
    .filter(path => received.get(path)?.bytes !== segmentBytes)
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function unusable(reason: string): BanyanError {
  return replicationError("BN2256", { reason })
}
