import type { AuditEntry } from "../../wire/admin.ts"

/** So many of the newest are kept and shown. */
export const mostAuditEntries = 1000

/** Everything that was asked of the control plane, whatever came of it. */
export interface AuditTrail {
  /** Never throws: what cannot be written down is done all the same, and said in the log. */
  add(entry: AuditEntry): void
  /** Newest first. */
  entries(): readonly AuditEntry[]
}

export function memoryAuditTrail(): AuditTrail {
  let entries: readonly AuditEntry[] = []
  return {
    add(entry) {
      entries = [entry, ...entries].slice(0, mostAuditEntries)
    },
    entries: () => entries,
  }
}
