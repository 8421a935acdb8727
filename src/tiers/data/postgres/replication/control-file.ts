import { readFileSync } from "node:fs"
import { endianness } from "node:os"
import { join } from "node:path"
import type { Lsn } from "./lsn.ts"

/** pg_control of a server that does not run, or is about to end. */
export type ControlFile = {
  /** Of the cluster: its replicas and restored copies have the same. */
  readonly system: string
  /** It was shut down in order, as a primary: its log ends with the record of that. */
  readonly shutDown: boolean
  /** Where its last checkpoint begins; that record is the last one when it was shut down. */
  readonly checkpoint: Lsn
  readonly timeline: number
}

/** PG_CONTROL_VERSION of PostgreSQL 18, whose layout this is (src/include/catalog/pg_control.h). */
const knownVersion = 1800
/** DB_SHUTDOWNED. */
const shutDown = 1
const at = { system: 0, version: 8, state: 16, checkpoint: 32, timeline: 48 }

/** Undefined when it cannot be read, or has a layout this does not know: then nobody may rely on it. */
export function readControlFile(dataFolder: string): ControlFile | undefined {
  if (endianness() !== "LE") return undefined
  let bytes: Buffer
  try {
    bytes = readFileSync(join(dataFolder, "global", "pg_control"))
  } catch {
    return undefined
  }
  if (bytes.length < 64 || bytes.readUInt32LE(at.version) !== knownVersion) return undefined
  return {
    system: String(bytes.readBigUInt64LE(at.system)),
    shutDown: bytes.readUInt32LE(at.state) === shutDown,
    checkpoint: bytes.readBigUInt64LE(at.checkpoint),
    timeline: bytes.readUInt32LE(at.timeline),
  }
}
