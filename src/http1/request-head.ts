import { isToken, isVisible } from "./characters.ts"
import { type ReadSection, readSection } from "./field-section.ts"
import { type ControlFields, connectionOptions, framingOf, isKeptAlive } from "./framing.ts"
import type { BodyFraming, Limits, RequestHead } from "./http1.ts"
import { reject } from "./http1-errors.ts"
import { remembered } from "./remembered.ts"
import { checkTarget, isAuthority, isSameAuthority } from "./target.ts"

const noBody: BodyFraming = { kind: "none" }
const usualVersion = " HTTP/1.1"

const methodOf = remembered(method => ({ method, isToken: isToken(method) }))

/** Reads a whole request head, its empty line included (RFC 9112 section 3). */
export function parseRequestHead(text: string, limits: Limits, read: ReadSection = readSection): RequestHead {
  const lineEnd = text.indexOf("\r\n")
  const { method, target, minor } = parseRequestLine(text, lineEnd)
  const { fields, lines, known, made } = read(text, lineEnd + 2)
  if (known.alias !== undefined) throw reject("framing-alias", { name: known.alias })
  const host = hostOf(known, target, checkTarget(target, method), minor)
  const options = connectionOptions(known)
  const body = framingOf(known, minor, limits) ?? noBody
  return {
    method,
    target,
    minor,
    fields,
    lines,
    made,
    body,
    // What follows a CONNECT may be meant for the tunnel it did not get (RFC 9931).
    keepAlive: method !== "CONNECT" && isKeptAlive(options, minor),
    host,
    upgrade: upgradeOf(known, method, minor, options, body),
    expectContinue: expectsContinue(known, minor),
  }
}

/** The line is what stands before `end`. */
function parseRequestLine(text: string, end: number): { method: string; target: string; minor: 0 | 1 } {
  const isUsual = text.startsWith(usualVersion, end - usualVersion.length)
  const first = text.indexOf(" ")
  const last = isUsual ? end - usualVersion.length : text.lastIndexOf(" ", end)
  if (!isUsual && text.startsWith("PRI * HTTP/2.0\r\n")) throw reject("http2-preface")
  if (first <= 0 || first >= last) throw reject("request-line", { line: text.slice(0, end) })
  const { method, isToken } = methodOf(text.slice(0, first))
  if (!isToken) throw reject("method", { method })
  const minor = isUsual ? 1 : parseVersion(text.slice(last + 1, end), text.slice(0, end))
  const target = text.slice(first + 1, last)
  if (!isVisible(text, first + 1, last)) throw reject("target", { target })
  return { method, target, minor }
}

function parseVersion(version: string, line: string): 0 | 1 {
  if (version === "HTTP/1.1") return 1
  if (version === "HTTP/1.0") return 0
  if (/^HTTP\/\d+(?:\.\d+)?$/.test(version)) throw reject("version", { version })
  throw reject("request-line", { line })
}

/** The Host, which an absolute-URI must agree with: whoever reads only one of them would go elsewhere. */
function hostOf(known: ControlFields, target: string, authority: string, minor: 0 | 1): string {
  const { host } = known
  if (host.length > 1) throw reject("host-repeated")
  if (host.length === 0) {
    if (minor === 1) throw reject("host-missing")
    return authority
  }
  if (!isAuthority(host[0]!)) throw reject("host-invalid", { host: host[0] })
  if (authority !== "" && !isSameAuthority(authority, host[0]!, target)) {
    throw reject("host-disagrees", { host: host[0], target })
  }
  return host[0]!
}

/** RFC 9110 section 7.8; an Upgrade that is not asked for properly is ignored, as the section allows. */
function upgradeOf(
  known: ControlFields,
  method: string,
  minor: 0 | 1,
  options: readonly string[],
  body: BodyFraming,
): string | undefined {
  if (known.upgrade.length !== 1 || method !== "GET" || minor === 0 || body.kind !== "none") return undefined
  if (!options.includes("upgrade")) return undefined
  const protocol = known.upgrade[0]!.toLowerCase()
  return protocol.split("/", 2).every(isToken) ? protocol : undefined
}

function expectsContinue(known: ControlFields, minor: 0 | 1): boolean {
  if (known.expect.length === 0) return false
  if (known.expect.length > 1 || known.expect[0]!.toLowerCase() !== "100-continue") {
    throw reject("expectation", { value: known.expect.join(", ") })
  }
  return minor === 1
}
