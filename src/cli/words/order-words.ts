import type { CertificateOrderView } from "../../wire/admin.ts"
import { formatDuration } from "../durations.ts"

/** How the ordering of a certificate stands, in a line. */
export function orderWords(order: CertificateOrderView, nowMs: number): string {
  const { domains, directoryUrl, state, problem, nextAtMs, notAfterMs } = order
  const names =
    domains.length > 3
      ? `${domains.slice(0, 2).join(", ")} and ${domains.length - 2} more`
      : domains.join(", ")
  if (state === "ordering")
    return `a certificate for ${names} is being ordered at ${new URL(directoryUrl).host}`
  const next = nextAtMs <= nowMs ? "next try at once" : `next try in ${formatDuration(nextAtMs - nowMs)}`
  if (problem !== undefined) return `${problem.code} ${problem.message}; ${next}`
  if (notAfterMs === undefined) return `a certificate for ${names} is about to be ordered`
  const day = (ms: number) => new Date(ms).toISOString().slice(0, 10)
  return `the certificate for ${names} is valid to ${day(notAfterMs)}, renewed from ${day(nextAtMs)}`
}
