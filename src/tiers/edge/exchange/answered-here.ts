import { originForm, type RequestHead } from "../../../http1/index.ts"
import type { EdgeTls } from "../edge.ts"
import { type Refusal, refusal } from "../edge-errors.ts"
import type { RequestOrigin } from "./request-fields.ts"
import { isReservedPath } from "./reserved-path.ts"

/** What the front door answers without asking a backend; undefined: it asks one. */
export function answeredHere(
  head: RequestHead,
  origin: RequestOrigin,
  tls: EdgeTls | undefined,
): Refusal | undefined {
  if (head.method === "CONNECT") return refusal("BN2011")
  if (isReservedPath(head.target)) return refusal("BN2010")
  if (tls?.redirectPort === undefined || origin.client.scheme === "https") return undefined
  return { ...refusal("BN2025"), location: underHttps(head, origin, tls.redirectPort) }
}

/** The same address: the host as the client named it (its syntax is checked), path and query untouched. */
function underHttps(head: RequestHead, { ownAuthority }: RequestOrigin, port: number): string {
  const host = (head.host === "" ? ownAuthority() : head.host).replace(/:\d*$/, "")
  const target = originForm(head.target, head.method)
  return `https://${host}${port === 443 ? "" : `:${port}`}${target === "*" ? "/" : target}`
}
