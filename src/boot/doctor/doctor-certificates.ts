import { existsSync, statSync } from "node:fs"
import { isBanyanError } from "../../kit/errors.ts"
import type { CertificatePaths } from "../../tiers/edge/client/tls/certificate.ts"
import { checkCertificateFiles } from "../../tiers/edge/client/tls/certificate-files.ts"
import type { AcmeConfig } from "../../topology/config-acme.ts"
import type { Finding } from "../../wire/admin.ts"
import { acmeCertificateFile, acmeHistory } from "../config/acme-certificate.ts"

/** With less left than this, or a quarter of its lifetime, a renewal that was due has not happened. */
const soonMs = 14 * 86_400_000

/** What the files of `edge/tls/certificates` hold now: names, days left, and who may read the key. */
export function examineCertificates(all: readonly CertificatePaths[], nowMs: number): Finding[] {
  return all.flatMap(paths => [examineOne(paths, nowMs), ...examineKey(paths)])
}

function examineOne(paths: CertificatePaths, nowMs: number): Finding {
  const check = "tls"
  try {
    const [certificate] = checkCertificateFiles([paths], nowMs)
    const { names, notBeforeMs, notAfterMs } = certificate!
    const isLong = notAfterMs - nowMs >= Math.min(soonMs, (notAfterMs - notBeforeMs) / 4)
    const days = Math.floor((notAfterMs - nowMs) / 86_400_000)
    const shown = names.length === 0 ? "no names" : names.join(", ")
    const words = `${paths.cert}: ${shown}; ${days} days left`
    if (isLong && names.length > 0) return { check, level: "ok", words }
    const fix = names.length === 0 ? "Browsers want a subjectAltName." : "Renew it."
    return {
      check,
      level: "warn",
      words,
      fix: `${fix} A service that runs takes the new files over by itself.`,
    }
  } catch (error) {
    if (!isBanyanError(error)) throw error
    return { check, level: "fail", words: `${error.code} ${error.message}`, fix: error.todo }
  }
}

/** The certificate that is ordered by itself: what is there, and why there is nothing newer. */
export function examineOrder(config: AcmeConfig, nowMs: number): Finding[] {
  const file = acmeCertificateFile(config)
  if (file === undefined) return []
  const { problem } = acmeHistory(config).read()
  const found = existsSync(file) ? examineCertificates([{ cert: file, key: file }], nowMs) : []
  if (problem !== undefined) {
    const words = `${config.domains.join(", ")}: the last order failed: ${problem.code} ${problem.message}`
    return [...found, { check: "tls", level: "warn", words, fix: problem.todo }]
  }
  if (found.length > 0) return found
  const words = `${config.domains.join(", ")}: no certificate yet; it is ordered when the service runs`
  return [{ check: "tls", level: "ok", words }]
}

function examineKey({ key }: CertificatePaths): Finding[] {
  const mode = statSync(key, { throwIfNoEntry: false })?.mode ?? 0
  // Others alone: a group that may read keys is how Debian's ssl-cert does it.
  if ((mode & 0o007) === 0) return []
  return [{ check: "tls", level: "warn", words: `${key} can be read by others`, fix: `chmod o= ${key}` }]
}
