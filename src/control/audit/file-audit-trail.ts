import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs"
import { dirname } from "node:path"
import { messageOf } from "../../kit/errors.ts"
import { writeFileAtomic } from "../../kit/node/atomic-file.ts"
import { type AuditEntry, auditEntrySchema } from "../../wire/admin.ts"
import { type AuditTrail, memoryAuditTrail, mostAuditEntries } from "./audit-trail.ts"

type Log = { warn(details: object, message: string): void }

/** A file with more lines than this is written anew with the newest ones. */
const mostLines = 2 * mostAuditEntries

/**
 * An audit trail in a file, a line for each entry (NDJSON, 0600). Lines that cannot be read, a half one after a crash say,
 * are passed over. A supervisor that died left everything it had accepted here.
 */
export function fileAuditTrail(path: string, log: Log): AuditTrail {
  const kept = memoryAuditTrail()
  const known = readEntries(path, log)
  for (const entry of known) kept.add(entry)
  let lines = known.length
  let hasWritten = false
  const write = (entry: AuditEntry) => {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    // What a crash cut off ends here, not in the middle of the next entry.
    const separator = !hasWritten && existsSync(path) ? "\n" : ""
    hasWritten = true
    if (++lines > mostLines) {
      const newest = kept.entries().toReversed()
      writeFileAtomic(path, newest.map(each => `${JSON.stringify(each)}\n`).join(""))
      lines = newest.length
    } else appendFileSync(path, `${separator}${JSON.stringify(entry)}\n`, { mode: 0o600 })
  }
  return {
    add(entry) {
      kept.add(entry)
      try {
        write(entry)
      } catch (error) {
        log.warn({ path, reason: messageOf(error), ...entry }, "this is not in the audit trail's file")
      }
    },
    entries: () => kept.entries(),
  }
}

function readEntries(path: string, log: Log): AuditEntry[] {
  try {
    if (!existsSync(path)) return []
    return readFileSync(path, "utf8").split("\n").flatMap(entryIn)
  } catch (error) {
    log.warn({ path, reason: messageOf(error) }, "the audit trail cannot be read; it begins anew")
    return []
  }
}

function entryIn(line: string): AuditEntry[] {
  try {
    return [auditEntrySchema.parse(JSON.parse(line))]
  } catch {
    return []
  }
}
