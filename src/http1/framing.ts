import { isToken } from "./characters.ts"
import { listMembers, lowerName } from "./fields.ts"
import type { BodyFraming, Fields, Limits } from "./http1.ts"
import { reject } from "./http1-errors.ts"

/** The fields the codec itself must understand; every value of each, in order. */
export type ControlFields = {
  readonly host: readonly string[]
  readonly expect: readonly string[]
  readonly upgrade: readonly string[]
  readonly connection: readonly string[]
  readonly contentLength: readonly string[]
  readonly transferEncoding: readonly string[]
  /** A name that a server which takes `_` for `-` would frame the message by. */
  readonly alias: string | undefined
}

const none: readonly string[] = []

/** Picks them out in one pass; the length of a name tells most others apart without lower-casing. */
export function controlFields(fields: Fields): ControlFields {
  const found = {
    host: none,
    expect: none,
    upgrade: none,
    connection: none,
    contentLength: none,
    transferEncoding: none,
    alias: undefined as string | undefined,
  }
  for (let at = 0; at < fields.length; at += 2) {
    const name = fields[at]!
    const key = keyByLength[name.length]
    if (key === undefined) continue
    const lower = lowerName(name)
    if (lower === key.name) {
      found[key.as] = found[key.as] === none ? [fields[at + 1]!] : [...found[key.as], fields[at + 1]!]
    } else if (lower === key.alias) found.alias = name
  }
  return found
}

type Key = {
  readonly name: string
  readonly alias: string
  readonly as: Exclude<keyof ControlFields, "alias">
}

const keyByLength: ReadonlyArray<Key | undefined> = (() => {
  const keys: Array<Key | undefined> = []
  for (const [name, as] of [
    ["host", "host"],
    ["expect", "expect"],
    ["upgrade", "upgrade"],
    ["connection", "connection"],
    ["content-length", "contentLength"],
    ["transfer-encoding", "transferEncoding"],
  ] as const) {
    keys[name.length] = { name, as, alias: name.replace("-", "_") }
  }
  return Array.from(keys)
})()

/**
 * How the fields delimit a body, or undefined when they say nothing (RFC 9112 section 6.3). Only what every recipient
 * reads alike is let through: one plain Content-Length, or exactly `Transfer-Encoding: chunked`.
 */
export function framingOf(fields: ControlFields, minor: 0 | 1, limits: Limits): BodyFraming | undefined {
  const { contentLength, transferEncoding } = fields
  if (transferEncoding.length > 0) {
    if (contentLength.length > 0) throw reject("length-and-coding")
    if (minor === 0) throw reject("coding-on-1.0")
    if (transferEncoding.length > 1) throw reject("coding-repeated")
    checkCoding(transferEncoding[0]!)
    return { kind: "chunked" }
  }
  if (contentLength.length === 0) return undefined
  if (contentLength.length > 1) throw reject("length-repeated")
  const length = readLength(contentLength[0]!)
  if (length > limits.maxBodyBytes) throw reject("body-too-large", { limit: limits.maxBodyBytes })
  return length === 0 ? { kind: "none" } : { kind: "length", length }
}

function checkCoding(value: string): void {
  const coding = value.toLowerCase()
  if (coding === "chunked") return
  const members = coding.split(/[ \t]*,[ \t]*/)
  if (members.some(member => !isToken(member))) throw reject("coding-invalid", { value })
  const chunkedAt = members.indexOf("chunked")
  if (chunkedAt !== -1 && chunkedAt < members.length - 1) throw reject("coding-invalid", { value })
  throw reject("coding-unknown", { value })
}

/** No sign, no list, no leading zero (which some read as octal), nothing that loses precision. */
function readLength(value: string): number {
  let length = value === "" || value.length > 16 || (value.length > 1 && value[0] === "0") ? Number.NaN : 0
  for (let at = 0; at < value.length; at++) {
    const digit = value.charCodeAt(at) - 0x30
    length = digit >= 0 && digit <= 9 ? length * 10 + digit : Number.NaN
  }
  if (!Number.isSafeInteger(length)) throw reject("length-invalid", { value })
  return length
}

/** Dropping these at the word of a client would change where a message ends, goes, or what it is allowed. */
const neverHopByHop: ReadonlySet<string> = new Set([
  "authorization",
  "cache-control",
  "content-encoding",
  "content-length",
  "content-range",
  "content-type",
  "cookie",
  "expect",
  "forwarded",
  "host",
  "origin",
  "range",
  "sec-fetch-site",
  "set-cookie",
  "transfer-encoding",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-proto",
])

/** What nearly every message says, already checked. */
const commonOptions: ReadonlyMap<string, readonly string[]> = new Map([
  ["keep-alive", ["keep-alive"]],
  ["Keep-Alive", ["keep-alive"]],
  ["close", ["close"]],
])

/** The options of Connection, checked. */
export function connectionOptions(fields: ControlFields): readonly string[] {
  if (fields.connection.length === 0) return none
  if (fields.connection.length === 1) {
    const common = commonOptions.get(fields.connection[0]!)
    if (common !== undefined) return common
  }
  const options = listMembers(fields.connection)
  for (const option of options) {
    if (!isToken(option)) throw reject("connection-invalid", { option })
    if (neverHopByHop.has(option)) throw reject("connection-names-end-to-end", { option })
  }
  return options
}

/** Whether the connection lives on after the message (RFC 9112 section 9.3). */
export function isKeptAlive(options: readonly string[], minor: 0 | 1): boolean {
  if (options.includes("close")) return false
  return minor === 1 || options.includes("keep-alive")
}
