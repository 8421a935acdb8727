import { groupOf, rolesOf } from "../../topology/topology.ts"
import type { LogFilter, LogLine, LogTier } from "../../wire/admin.ts"
import { familyOf, headOf } from "../../wire/log-line.ts"

/** How far into a line of ours the access log begins. */
const headLength = 200

/** Which tiers write to a log: an instance's those of its roles. */
export function tiersOf(log: string): readonly LogTier[] {
  const group = groupOf(log)
  return group === undefined ? ["control"] : rolesOf[group].map(role => (role === "primary" ? "data" : role))
}

/** Whether any line of this log can fit. */
export function wantsLog({ tier, of }: LogFilter, log: string): boolean {
  if (of !== undefined && !of.includes(log)) return false
  return tier === undefined || tiersOf(log).some(each => tier.includes(each))
}

/** Reads a line of the log `id`; undefined for one that does not fit. */
export function lineReader(filter: LogFilter, id: string) {
  const { request, kind, level } = filter
  const requestBytes = request === undefined ? undefined : Buffer.from(request)
  const text = filter.q?.toLowerCase()
  return (bytes: Buffer, cutBytes: number): LogLine | undefined => {
    // Of most lines this is all that is looked at.
    if (requestBytes !== undefined && !bytes.includes(requestBytes)) return undefined
    const line = bytes.toString("utf8")
    if (request !== undefined && !names(line, request)) return undefined
    if (kind !== undefined && (kind === "requests") !== isOfRequest(line)) return undefined
    const head = headOf(line)
    if (level !== undefined && !level.includes(familyOf(head.level))) return undefined
    if (text !== undefined && !line.toLowerCase().includes(text)) return undefined
    return { id, ...head, line, ...(cutBytes > 0 && { cutBytes }) }
  }
}

function isOfRequest(line: string): boolean {
  return line.startsWith("{") && line.slice(0, headLength).includes('"access":{')
}

/** As a word: `ab-1` is not named by `ab-12`. */
function names(line: string, id: string): boolean {
  for (let at = line.indexOf(id); at !== -1; at = line.indexOf(id, at + 1)) {
    if (!isOfWord(line[at - 1]) && !isOfWord(line[at + id.length])) return true
  }
  return false
}

function isOfWord(letter: string | undefined): boolean {
  return letter !== undefined && /[\w-]/.test(letter)
}
