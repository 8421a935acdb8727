/**
 * What a line of a log says: one of ours (JSON), of a database, or of any program. Needs no library, for browsers load it
 * as well: the door `banyan/log-line`.
 */

export const logLevels = ["trace", "debug", "info", "warn", "error", "fatal"] as const
export type LogLevel = (typeof logLevels)[number]
/** What one looks for; `trace` goes with `debug`, `fatal` with `error`, and what says no level with `info`. */
export const levelFamilies = ["error", "warn", "info", "debug"] as const
export type LevelFamily = (typeof levelFamilies)[number]

/** Milliseconds since 1970 and the level, of those lines that tell them. */
export type LineHead = { readonly at?: number; readonly level?: LogLevel }
export type LogFields = Readonly<Record<string, unknown>>

/** As `%m [%p] ` begins a line of Postgres, and its severity behind it; before it has read its settings its zone is GMT. */
const postgresHead = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d\.\d{3}) (?:UTC|GMT)(?: \[\d+\] ([A-Z]+)\d?:)?/
/** Who comes too early or too late, or is ended on purpose, is told so with FATAL: no failure of the server. */
const orderlyEnd =
  /^ +(?:the database system is (?:starting up|not yet accepting connections|in recovery mode|shutting down)|terminating .{1,60} due to administrator command)/
/** What a replica says of a primary that is away: it tries again, and an ordered end of the primary looks the same from there. */
const primaryAway =
  /^ +(?:streaming replication receiver ".{1,63}" could not connect to the primary server|could not (?:receive data from|send data to) WAL stream|could not send end-of-streaming message to primary|could not start WAL streaming|error reading result of streaming command): .*(?:server closed the connection unexpectedly|failed: No such file or directory|Connection re(?:fused|set by peer)|Broken pipe|the database system is \w|due to administrator command)/
/** A backend whose client left in the middle of an answer: whoever moves to another primary leaves like that. */
const clientLeft = /^ +connection to client lost/
/** Within a text of JSON a quote is escaped, so these are names of fields. */
const levelField = /"level":"?(\w{1,8})/
const timeField = /"time":(?:"([^"]{1,40})"|(\d{13})\b)/

/** What a line begins with, without reading all of it. */
export function headOf(line: string): LineHead {
  if (line.startsWith("{")) {
    const [, said] = levelField.exec(line) ?? []
    const [, text, number] = timeField.exec(line) ?? []
    return headFrom(
      text === undefined ? Number(number) : Date.parse(text),
      said === undefined ? undefined : levelIn(said),
    )
  }
  const [head = "", day, time, severity] = postgresHead.exec(line) ?? []
  if (day === undefined) return {}
  const level = severity === "FATAL" ? levelOfFatal(line.slice(head.length)) : severities[severity ?? ""]
  return headFrom(Date.parse(`${day}T${time}Z`), severity === undefined ? undefined : (level ?? "info"))
}

/** It ends one process of the server; how bad that is, the words say. */
function levelOfFatal(words: string): LogLevel {
  if (orderlyEnd.test(words) || clientLeft.test(words)) return "info"
  return primaryAway.test(words) ? "warn" : "fatal"
}

function headFrom(at: number, level: LogLevel | undefined): LineHead {
  return { ...(Number.isFinite(at) && { at }), ...(level && { level }) }
}

const severities: Readonly<Record<string, LogLevel>> = {
  DEBUG: "debug",
  WARNING: "warn",
  ERROR: "error",
  PANIC: "fatal",
}

/** pino's numbers, ten apart, or a word. */
function levelIn(said: string): LogLevel | undefined {
  if (/^\d+$/.test(said)) return logLevels[Math.min(5, Math.max(0, Math.floor(Number(said) / 10) - 1))]
  return logLevels.find(level => level === said.toLowerCase())
}

export function familyOf(level: LogLevel | undefined): LevelFamily {
  if (level === undefined) return "info"
  return level === "trace" ? "debug" : level === "fatal" ? "error" : level
}

/** The fields of a line that is a JSON object. */
export function fieldsOf(line: string): LogFields | undefined {
  if (!line.startsWith("{")) return undefined
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

/** What a line says in words; of a request: what was asked, and what was answered. */
export function wordsOf({ msg, access }: LogFields): string {
  return typeof access === "object" && access !== null ? accessWords(access as LogFields) : String(msg ?? "")
}

function accessWords({ method, target, status, durationMs, backend, error }: LogFields): string {
  const took = typeof durationMs === "number" ? `${durationMs.toFixed(1)} ms` : ""
  return [method, target, status, took, backend, error]
    .filter(part => part !== undefined && part !== "")
    .join(" ")
}

/** The words of a line that is no JSON: without what its head tells. */
export function plainWords(line: string): string {
  return line.replace(postgresHead, "").trimStart()
}

/** What `wordsOf` leaves: neither who, when and how bad, nor an error, which has lines of its own. */
export function furtherFields(fields: LogFields): LogFields {
  const { level: _level, time: _time, id: _id, msg: _msg, access: _access, err: _err, ...rest } = fields
  return rest
}

/** The id that the front door gave the request of which a line tells. */
export function requestIdIn(fields: LogFields): string | undefined {
  const id = (fields["access"] as LogFields | null | undefined)?.["requestId"] ?? fields["requestId"]
  return typeof id === "string" && requestIdPattern.test(id) ? id : undefined
}
export const requestIdPattern = /^[\w.:-]{1,128}$/

/** A line of NDJSON: as it was written where it is an object of JSON, and else as the `msg` of one. */
export function jsonLine(id: string, line: string): string {
  if (fieldsOf(line) !== undefined) return line
  const { at, level } = headOf(line)
  const time = at === undefined ? undefined : new Date(at).toISOString()
  return JSON.stringify({ level: level && 10 * (logLevels.indexOf(level) + 1), time, id, msg: line })
}
