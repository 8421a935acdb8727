import { identifyProcess, type ProcessIdentity } from "../../../kit/node/process-identity.ts"
import type { DriverInstance } from "../../driver.ts"
import type { ProcessSpec } from "../process-spec.ts"
import { processesIn } from "./folder-owner.ts"
import type { ExitFacts } from "./managed-process.ts"

/** What is remembered of a process, so that the next agent finds it. No secret is in it. */
export type ProcessRecord = Omit<ProcessSpec, "env" | "payload" | "uid" | "gid" | "cwd"> & {
  readonly startedAtMs: number
  /** Both missing in the moment between the decision to spawn and the birth. */
  readonly pid?: number
  readonly startedAt?: string
  readonly exit?: ExitFacts
}

/** What is remembered: everything but environment, payload and whose rights it runs with. */
export function recordOf(spec: ProcessSpec): ProcessRecord {
  const { env, payload, uid, gid, cwd, ...kept } = spec
  return { ...kept, startedAtMs: Date.now() }
}

export function identityOf(record: ProcessRecord): ProcessIdentity | undefined {
  const { pid, startedAt } = record
  return pid === undefined || startedAt === undefined ? undefined : { pid, startedAt }
}

/** A database that was born while the former agent died: the first process in its folder. */
export function newbornIn(record: ProcessRecord): ProcessIdentity | undefined {
  const pid = record.dataFolder === undefined ? undefined : processesIn(record.dataFolder, record.argv)[0]
  return pid === undefined ? undefined : identifyProcess(pid)
}

/** The databases there are, exited ones included, and those that run. */
export function databasesIn(records: readonly ProcessRecord[]): { known: number; running: string[] } {
  const databases = records.filter(({ group }) => group === "postgres")
  const running = databases.filter(({ pid, exit }) => pid !== undefined && exit === undefined)
  return { known: databases.length, running: running.map(({ id }) => id) }
}

/** The version a database of this name has, or would have: that of the others. */
export function databaseVersion(records: readonly ProcessRecord[], id: string): string {
  const databases = records.filter(({ group }) => group === "postgres")
  return (databases.find(record => record.id === id) ?? databases[0])?.version ?? ""
}

/** A record as drivers see it. What never says hello cannot be silent. */
export function instanceOf(
  record: ProcessRecord,
  silentMs: number,
  memoryBytes: number | undefined,
): DriverInstance {
  const { id, group, version, pid, address, startedAtMs, tokenHash, program, exit } = record
  const common = { id, group, version, pid, address, startedAtMs, tokenHash, ...(program && { program }) }
  if (exit !== undefined) return { ...common, state: "exited", exit }
  return {
    ...common,
    state: "running",
    ...(tokenHash === "" ? {} : { silentMs }),
    ...(memoryBytes === undefined ? {} : { memoryBytes }),
  }
}
