import { execFileSync } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import { join, resolve } from "node:path"
import type { CertificatePaths } from "../../src/tiers/edge/client/tls/certificate.ts"
import { haproxyConfiguration } from "../edge/peers.ts"
import { banyanVersion } from "../versions.ts"

/** A proxy that ends TLS: how it is started on `port` in front of `upstream` with this certificate. */
export type TlsContender = {
  readonly name: string
  readonly version: string
  readonly configuration: string
  command(
    port: number,
    upstream: number,
    pair: CertificatePaths,
    folder: string,
  ): readonly [string, ...string[]]
}

export const banyan: TlsContender = {
  name: "banyan edge",
  version: `${banyanVersion} (OpenSSL ${process.versions.openssl})`,
  configuration: "as in service, TLS 1.3, P-256, X25519, tickets, access log to a file",
  command: (port, upstream, { cert, key }) => {
    const script = resolve(import.meta.dirname, "banyan-proxy.ts")
    return [process.execPath, script, String(port), String(upstream), cert, key]
  },
}

/** Undefined where it is not installed. */
export function haproxy(): TlsContender | undefined {
  let version: string
  try {
    version = execFileSync("haproxy", ["-vv"], { encoding: "utf8" })
  } catch {
    return undefined
  }
  const openssl = version.match(/Running on OpenSSL version : OpenSSL (\S+)/)?.[1] ?? "?"
  return {
    name: "HAProxy",
    version: `${version.match(/version (\S+)/)?.[1]} (OpenSSL ${openssl})`,
    configuration:
      "mode http, 1 thread, http-reuse always, TLS 1.3, P-256, X25519, tickets, httplog to a file",
    command(port, upstream, { cert, key }, folder) {
      const [both, file] = [join(folder, "both.pem"), join(folder, "haproxy.cfg")]
      writeFileSync(both, readFileSync(cert, "utf8") + readFileSync(key, "utf8"), { mode: 0o600 })
      const bind = `127.0.0.1:${port} ssl crt ${both} ssl-min-ver TLSv1.3 alpn h2,http/1.1`
      writeFileSync(file, haproxyConfiguration(bind, upstream))
      return ["haproxy", "-db", "-f", file]
    },
  }
}
