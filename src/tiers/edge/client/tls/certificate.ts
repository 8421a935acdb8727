import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto"
import { createSecureContext } from "node:tls"
import { messageOf } from "../../../../kit/errors.ts"
import { certificateError } from "./certificate-errors.ts"

/** Texts of two PEM files: the certificate with its chain, and its private key. */
export type Pem = { readonly cert: string; readonly key: string }

/** Where a pair lies; paths as the user wrote them. */
export type CertificatePaths = { readonly cert: string; readonly key: string }

/** A pair that belongs together and that TLS takes. */
export type Certificate = {
  readonly pem: Pem
  readonly leaf: X509Certificate
  /** DNS names and IP addresses of its subjectAltName. */
  readonly names: readonly string[]
  readonly notBeforeMs: number
  readonly notAfterMs: number
}

/** Throws BN2041 to BN2043. When it is valid is not looked at: see `checkValidity`. */
export function readCertificate(pem: Pem, paths: CertificatePaths): Certificate {
  const leaf = attempt("BN2041", paths.cert, () => new X509Certificate(pem.cert))
  const key: KeyObject = attempt("BN2042", paths.key, () => createPrivateKey(pem.key))
  if (!leaf.checkPrivateKey(key)) throw certificateError("BN2043", { file: paths.key, cert: paths.cert })
  // What OpenSSL's security level refuses (a short key, SHA-1) is found here and not at the first handshake.
  attempt("BN2041", paths.cert, () => createSecureContext(pem))
  return {
    pem,
    leaf,
    names: namesOf(leaf.subjectAltName),
    notBeforeMs: leaf.validFromDate.getTime(),
    notAfterMs: leaf.validToDate.getTime(),
  }
}

export function isValid({ notBeforeMs, notAfterMs }: Certificate, nowMs: number): boolean {
  return notBeforeMs <= nowMs && nowMs < notAfterMs
}

/** Throws BN2044. */
export function checkValidity(
  certificate: Certificate,
  { cert: file }: CertificatePaths,
  nowMs: number,
): void {
  if (isValid(certificate, nowMs)) return
  const day = (ms: number) => new Date(ms).toISOString().slice(0, 16).replace("T", " ")
  throw certificateError("BN2044", {
    file,
    from: day(certificate.notBeforeMs),
    to: day(certificate.notAfterMs),
  })
}

/**
 * The certificate for the name a client asked for (RFC 6066 section 3): one that names it, before one whose wildcard
 * covers it, before the first of all. Undefined when there is none at all.
 */
export function certificateFor(name: string, all: readonly Certificate[]): Certificate | undefined {
  const covers = (wildcards: boolean) =>
    all.find(({ leaf }) => leaf.checkHost(name, { subject: "never", wildcards }) !== undefined)
  return name === "" ? all[0] : (covers(false) ?? covers(true) ?? all[0])
}

function attempt<T>(code: "BN2041" | "BN2042", file: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw certificateError(code, { file, reason: messageOf(error) }, error)
  }
}

/** `DNS:a.example, DNS:*.a.example, IP Address:192.0.2.1`; what needs quotes there is nobody's host name. */
function namesOf(subjectAltName: string | undefined): string[] {
  return [...(subjectAltName ?? "").matchAll(/(?:^|, )(?:DNS|IP Address):([^",]+)/g)].map(([, name]) => name!)
}
