import { z } from "zod"

/** What `edge/tls/acme` says: names whose certificate Banyan orders and renews by itself (RFC 8555, HTTP-01). */

/** At least two labels of letters, digits and hyphens (RFC 1123 section 2.1), the last of them no number: no address. */
const hostName = /^(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?!\d+$)[a-z0-9-]{2,63}$/

/** As many names as Let's Encrypt puts into one certificate. */
const mostDomains = 100

export const acmeConfigSchema = z.strictObject({
  domains: z
    .array(z.string().regex(hostName))
    .max(mostDomains)
    .default([])
    .describe(
      "The names of one certificate that is ordered and renewed by itself. Port 80 of each must lead to `port`.",
    ),
  termsOfServiceAgreed: z
    .boolean()
    .default(false)
    .describe("That you agree to the certificate authority's terms; without it none is ordered."),
  email: z
    .string()
    .max(254)
    .regex(/^[^\s@<>,:;]+@[^\s@<>,:;]+$/)
    .optional()
    .describe("Whom the authority may write to."),
  directoryUrl: z
    .string()
    .max(2_000)
    .regex(/^https:\/\/[\x21-\x7e]+$/)
    .default("https://acme-v02.api.letsencrypt.org/directory")
    .describe(
      "The authority's ACME directory. To try things out: https://acme-staging-v02.api.letsencrypt.org/directory",
    ),
  caFile: z
    .string()
    .min(1)
    .optional()
    .describe("Roots, PEM, by which a directory of your own is trusted, in place of the well-known ones."),
})

export type AcmeConfig = z.output<typeof acmeConfigSchema>

/** Rules between these fields, as lines. */
export function acmeProblems({ domains, termsOfServiceAgreed }: AcmeConfig): string[] {
  const problems: string[] = []
  if (domains.length > 0 && !termsOfServiceAgreed)
    problems.push(
      "edge/tls/acme/termsOfServiceAgreed: should be true with edge/tls/acme/domains: nobody can agree for you; got false",
    )
  const twice = domains.find((name, nth) => domains.indexOf(name) !== nth)
  if (twice !== undefined)
    problems.push(`edge/tls/acme/domains: should be different names, got "${twice}" twice`)
  return problems
}
