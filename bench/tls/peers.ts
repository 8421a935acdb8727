import { execFileSync } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import { join, resolve } from "node:path"
import type { CertificatePaths } from "../../src/tiers/edge/client/tls/certificate.ts"

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

const packageJson = JSON.parse(readFileSync(resolve(import.meta.dirname, "../../package.json"), "utf8"))

export const banyan: TlsContender = {
  name: "banyan edge",
  version: `${packageJson.version} (OpenSSL ${process.versions.openssl})`,
  configuration: "as in service, TLS 1.3, P-256, tickets, access log to a file",
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
    configuration: "mode http, 1 thread, http-reuse always, TLS 1.3, P-256, tickets, httplog to a file",
    command(port, upstream, { cert, key }, folder) {
      const [both, file] = [join(folder, "both.pem"), join(folder, "haproxy.cfg")]
      writeFileSync(both, readFileSync(cert, "utf8") + readFileSync(key, "utf8"), { mode: 0o600 })
      writeFileSync(file, configuration(port, upstream, both))
      return ["haproxy", "-db", "-f", file]
    },
  }
}

function configuration(port: number, upstream: number, both: string): string {
  return `global
  nbthread 1
  maxconn 4000
  log stdout format raw local0
defaults
  mode http
  log global
  option httplog
  timeout connect 2s
  timeout client 75s
  timeout server 60s
  option forwardfor
  http-reuse always
  unique-id-format %{+X}o%ci:%cp_%Ts_%rt
  unique-id-header X-Request-Id
listen front
  bind 127.0.0.1:${port} ssl crt ${both} ssl-min-ver TLSv1.3 alpn h2,http/1.1
  option httpchk GET /health
  server web-1 127.0.0.1:${upstream} check inter 1s
  server web-2 127.0.0.1:${upstream} check inter 1s
`
}
