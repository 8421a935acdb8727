import { z } from "zod"
import { acmeConfigSchema, acmeProblems } from "./config-acme.ts"

/** What `edge/tls` and `edge/proxyProtocol` say. Files are PEM, relative to the project's folder. */

const file = () => z.string().min(1)

const hstsConfigSchema = z.strictObject({
  maxAgeS: z
    .int()
    .min(0)
    .max(63_072_000)
    .default(0)
    .describe(
      "Browsers use HTTPS alone for so many seconds (RFC 6797); 0 sends no Strict-Transport-Security.",
    ),
  includeSubDomains: z.boolean().default(false).describe("Every name below the host's, too."),
  preload: z
    .boolean()
    .default(false)
    .describe("Consent to browsers' built-in lists; needs includeSubDomains and a year."),
})

export const tlsConfigSchema = z.strictObject({
  certificates: z
    .array(z.strictObject({ cert: file(), key: file() }))
    .default([])
    .describe(
      "Pairs of PEM files, the chain in `cert`; followed live. A client's name chooses, the first is for all others.",
    ),
  acme: acmeConfigSchema
    .prefault({})
    .describe("A certificate that comes and is renewed by itself; alone, or behind those of `certificates`."),
  port: z.int().min(1).max(65_535).default(8443).describe("The public port of HTTPS."),
  minVersion: z.enum(["TLSv1.2", "TLSv1.3"]).default("TLSv1.2").describe("Oldest version spoken."),
  redirectToHttps: z
    .boolean()
    .default(false)
    .describe("The plain port answers every request with 308 to the same address under https."),
  redirectPort: z
    .int()
    .min(1)
    .max(65_535)
    .optional()
    .describe(
      "The port clients see HTTPS on, where something in front maps it; `edge/tls/port` when left out.",
    ),
  hsts: hstsConfigSchema
    .prefault({})
    .describe("Strict-Transport-Security, in answers over TLS that have none."),
})

export const proxyProtocolConfigSchema = z.strictObject({
  trustedCidrs: z
    .array(z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]))
    .default([])
    .describe("Load balancers whose connections must begin with such a header; from others none is read."),
  on: z.enum(["both", "plain", "tls"]).default("both").describe("Which of the two public ports it is for."),
})

export type TlsConfig = z.output<typeof tlsConfigSchema>

/** The value of Strict-Transport-Security (RFC 6797 section 6.1); undefined where none is wanted. */
export function hstsValue({ maxAgeS, includeSubDomains, preload }: TlsConfig["hsts"]): string | undefined {
  if (maxAgeS === 0) return undefined
  return `max-age=${maxAgeS}${includeSubDomains ? "; includeSubDomains" : ""}${preload ? "; preload" : ""}`
}

/** Whether there is a port of HTTPS: something is configured to be shown there, be it still to come. */
export function speaksTls({ certificates, acme }: TlsConfig): boolean {
  return certificates.length > 0 || acme.domains.length > 0
}

const yearS = 31_536_000

/** Rules between these fields, and with the other ports, as lines. */
export function tlsProblems(tls: TlsConfig, ports: Readonly<Record<string, number>>): string[] {
  const { hsts, port } = tls
  const problems = acmeProblems(tls.acme)
  if (!speaksTls(tls)) {
    const without = "without edge/tls/certificates or edge/tls/acme"
    if (tls.redirectToHttps) problems.push(`edge/tls/redirectToHttps: should be false ${without}, got true`)
    if (hsts.maxAgeS > 0) problems.push(`edge/tls/hsts/maxAgeS: should be 0 ${without}, got ${hsts.maxAgeS}`)
  } else {
    for (const [name, taken] of Object.entries(ports))
      if (taken === port) problems.push(`edge/tls/port: should be other than ${name}, got ${port}`)
  }
  if (hsts.preload && (hsts.maxAgeS < yearS || !hsts.includeSubDomains)) {
    problems.push(
      `edge/tls/hsts/preload: should be false unless includeSubDomains is true and maxAgeS at least ${yearS}, got true`,
    )
  }
  return problems
}
