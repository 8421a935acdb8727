import { reject } from "./http1-errors.ts"
import { remembered } from "./remembered.ts"

/** `host` or `host:port`: a name of letters, digits and `-._~`, an IPv4 address, or an IPv6 address in brackets. */
const authority = /^(?:[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(?::(\d{1,5}))?$/

export const isAuthority = remembered(host => {
  const match = authority.exec(host)
  return match !== null && (match[1] === undefined || Number(match[1]) <= 65535)
})

/** The authority of an absolute-URI target (empty for the other forms); the target is already visible ASCII. */
export function checkTarget(target: string, method: string): string {
  if (target.includes("#")) throw reject("target", { target })
  if (method === "CONNECT") {
    if (!isAuthority(target) || !/:\d+$/.test(target)) throw reject("target-form", { target, method })
    return ""
  }
  if (target.charCodeAt(0) === 0x2f) {
    checkPath(target, target)
    return ""
  }
  if (target === "*") {
    if (method !== "OPTIONS") throw reject("target-form", { target, method })
    return ""
  }
  const match = /^https?:\/\/([^/?]*)/i.exec(target)
  if (match === null) throw reject("target-form", { target, method })
  if (!isAuthority(match[1]!)) throw reject("target", { target })
  checkPath(target.slice(match[0].length), target)
  return match[1]!
}

/** The same host, whatever its case and however the scheme's own port is written. */
export function isSameAuthority(a: string, b: string, target: string): boolean {
  const ownPort = /^https:/i.test(target) ? ":443" : ":80"
  const normal = (host: string) => {
    const lower = host.toLowerCase()
    return lower.endsWith(ownPort) ? lower.slice(0, -ownPort.length) : lower
  }
  return normal(a) === normal(b)
}

/** The origin-form of a checked target: what a server routes by, and what a proxy sends on (RFC 9112 section 3.2.1). */
export function originForm(target: string, method: string): string {
  if (target.charCodeAt(0) === 0x2f || target === "*" || method === "CONNECT") return target
  const rest = target.slice(/^https?:\/\/[^/?]*/i.exec(target)?.[0].length ?? 0)
  if (rest === "" && method === "OPTIONS") return "*"
  return rest.startsWith("/") ? rest : `/${rest}`
}

/**
 * Refuses a path whose `..` segments climb above the root, read in each of the ways backends are known to: `%2e` is a
 * dot, and `%2f`, `\`, `%5c` may or may not be separators. Empty segments give no height, as some merge slashes.
 */
function checkPath(path: string, target: string): void {
  const query = path.indexOf("?")
  const plain = query === -1 ? path : path.slice(0, query)
  if (!plain.includes(".") && !plain.includes("%")) return
  const dotted = plain.replace(/%2e/gi, ".")
  if (!dotted.includes("..")) return
  if (climbs(dotted.split("/")) || climbs(dotted.split(/\/|\\|%2f|%5c/i)))
    throw reject("dot-segments", { target })
}

function climbs(segments: readonly string[]): boolean {
  let height = 0
  for (const segment of segments) {
    if (segment === "..") height--
    else if (segment !== "" && segment !== ".") height++
    if (height < 0) return true
  }
  return false
}
