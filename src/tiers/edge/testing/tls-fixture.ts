import { execFileSync, spawnSync } from "node:child_process"
import { once } from "node:events"
import { readFileSync, renameSync } from "node:fs"
import { join } from "node:path"
import type { TestContext } from "node:test"
import tls from "node:tls"
import { systemClock } from "../../../kit/node/system-clock.ts"
import { seededRandom } from "../../../kit/random.ts"
import type { CertificatePaths } from "../client/tls/certificate.ts"
import { TicketChain } from "../client/tls/ticket-chain.ts"
import { createEdge } from "../create-edge.ts"
import type { AccessEntry, Edge, EdgeLimits, EdgeProxyProtocol, EdgeTls } from "../edge.ts"
import { mapOf, quietLog, type TestBackend, until } from "./edge-fixture.ts"

/** Why tests with certificates are skipped; false where `openssl` makes them. */
export const noOpenssl =
  spawnSync("openssl", ["version"]).error === undefined ? false : "openssl is not installed"

/** A self-signed pair, `<file>.pem` and `<file>.key`, put in place whole, the key first: as tools for renewal do. */
export function makeCertificate(
  folder: string,
  file: string,
  names: readonly string[],
  key = ["ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"],
): CertificatePaths {
  const [cert, keyFile] = [join(folder, `${file}.pem`), join(folder, `${file}.key`)]
  const san = names.map(name => `DNS:${name}`).join(",")
  const words = ["req", "-x509", "-nodes", "-newkey", ...key, "-days", "30", "-subj", `/CN=${names[0]}`]
  execFileSync(
    "openssl",
    [...words, "-addext", `subjectAltName=${san}`, "-keyout", `${keyFile}.new`, "-out", `${cert}.new`],
    { stdio: "ignore" },
  )
  renameSync(`${keyFile}.new`, keyFile)
  renameSync(`${cert}.new`, cert)
  return { cert, key: keyFile }
}

export type TlsEdge = { edge: Edge; port: number; tlsPort: number; log: AccessEntry[] }

/** An edge with both doors on free ports; it is ready when this resolves. */
export async function startTlsEdge(
  t: TestContext,
  backend: TestBackend,
  options: Partial<EdgeTls> & Pick<EdgeTls, "certificates">,
  more: { limits?: Partial<EdgeLimits>; proxyProtocol?: EdgeProxyProtocol } = {},
): Promise<TlsEdge> {
  const log: AccessEntry[] = []
  const edge = createEdge({
    id: "edge-1",
    listen: { host: "127.0.0.1", port: 0 },
    tls: {
      listen: { host: "127.0.0.1", port: 0 },
      minVersion: "TLSv1.2",
      tickets: TicketChain.begin(Date.now()).seed,
      ...options,
    },
    proxyProtocol: more.proxyProtocol,
    limits: more.limits ?? {},
    clock: systemClock,
    random: seededRandom(1),
    accessLog: entry => log.push(entry),
    log: quietLog,
  })
  t.after(() => edge.stop(1))
  await edge.apply(mapOf([backend]))
  await until(() => edge.ready)
  return { edge, port: edge.address()!.port, tlsPort: edge.tlsAddress()!.port, log }
}

export type TlsAnswer = {
  readonly text: string
  readonly serial: string
  readonly resumed: boolean
  readonly protocol: string
  /** To resume from; the newest the server gave. */
  readonly session: Buffer | undefined
}

/** A connection of its own: sends `bytes`, reads to the end. Rejects when it is reset or the handshake fails. */
export async function askTls(
  port: number,
  options: tls.ConnectionOptions = {},
  bytes = "GET / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n",
): Promise<TlsAnswer> {
  const socket = tls.connect({
    port,
    host: "127.0.0.1",
    servername: "a.test",
    rejectUnauthorized: false,
    ...options,
  })
  let text = ""
  let session: Buffer | undefined
  socket.on("session", given => {
    session = given
  })
  socket.on("data", piece => {
    text += piece
  })
  await once(socket, "secureConnect")
  // A session that is resumed in TLS 1.2 shows no certificate again; the client remembers it.
  const serial = (socket.getPeerX509Certificate() ?? undefined)?.serialNumber ?? ""
  const [resumed, protocol] = [socket.isSessionReused(), socket.getProtocol() ?? ""]
  socket.write(bytes)
  await once(socket, "end")
  socket.end()
  return { text, serial, resumed, protocol, session }
}

export function serialOf({ cert }: CertificatePaths): string {
  return execFileSync("openssl", ["x509", "-noout", "-serial", "-in", cert], { encoding: "utf8" })
    .trim()
    .replace("serial=", "")
}

export const pemOf = ({ cert, key }: CertificatePaths) => ({
  cert: readFileSync(cert, "utf8"),
  key: readFileSync(key, "utf8"),
})
