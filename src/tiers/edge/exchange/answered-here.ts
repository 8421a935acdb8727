import { originForm, type RequestHead } from "../../../http1/index.ts"
import type { EdgeContext } from "../edge-context.ts"
import { type Refusal, refusal } from "../edge-errors.ts"
import { challengeAnswer } from "./challenge-answer.ts"
import type { RequestOrigin } from "./request-fields.ts"
import { isReservedPath } from "./reserved-path.ts"

/** What the front door answers without asking a backend; undefined: it asks one. */
export function answeredHere(
  head: RequestHead,
  origin: RequestOrigin,
  { https, challenges }: Pick<EdgeContext, "https" | "challenges">,
): Refusal | undefined {
  if (head.method === "CONNECT") return refusal("BN2011")
  if (isReservedPath(head.target)) return refusal("BN2010")
  const text = challengeAnswer(head, challenges())
  if (text !== undefined) return { status: 200, code: "", message: "", text }
  const { redirectPort } = https()
  if (redirectPort === undefined || origin.client.scheme === "https") return undefined
  return { ...refusal("BN2025"), location: underHttps(head, origin, redirectPort) }
}

/** The same address: the host as the client named it (its syntax is checked), path and query untouched. */
function underHttps(head: RequestHead, { ownAuthority }: RequestOrigin, port: number): string {
  const host = (head.host === "" ? ownAuthority() : head.host).replace(/:\d*$/, "")
  const target = originForm(head.target, head.method)
  return `https://${host}${port === 443 ? "" : `:${port}`}${target === "*" ? "/" : target}`
}
