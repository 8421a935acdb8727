import { statSync } from "node:fs"
import { isBanyanError } from "../kit/errors.ts"
import type { CertificatePaths } from "../tiers/edge/client/tls/certificate.ts"
import { checkCertificateFiles } from "../tiers/edge/client/tls/certificate-files.ts"
import type { Finding } from "./finding.ts"

/** With fewer left than this, a renewal that was due has not happened. */
const soonDays = 14

/** What the files of `edge/tls/certificates` hold now: names, days left, and who may read the key. */
export function examineCertificates(all: readonly CertificatePaths[], nowMs: number): Finding[] {
  return all.flatMap(paths => [examineOne(paths, nowMs), ...examineKey(paths)])
}

function examineOne(paths: CertificatePaths, nowMs: number): Finding {
  const check = "tls"
  try {
    const [certificate] = checkCertificateFiles([paths], nowMs)
    const { names, notAfterMs } = certificate!
    const days = Math.floor((notAfterMs - nowMs) / 86_400_000)
    const shown = names.length === 0 ? "no names" : names.join(", ")
    const words = `${paths.cert}: ${shown}; ${days} days left`
    if (days >= soonDays && names.length > 0) return { check, level: "ok", words }
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

function examineKey({ key }: CertificatePaths): Finding[] {
  const mode = statSync(key, { throwIfNoEntry: false })?.mode ?? 0
  // Others alone: a group that may read keys is how Debian's ssl-cert does it.
  if ((mode & 0o007) === 0) return []
  return [{ check: "tls", level: "warn", words: `${key} can be read by others`, fix: `chmod o= ${key}` }]
}
