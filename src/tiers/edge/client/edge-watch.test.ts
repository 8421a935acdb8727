import assert from "node:assert/strict"
import { once } from "node:events"
import { readFileSync } from "node:fs"
import { connect } from "node:net"
import { test } from "node:test"
import tls from "node:tls"
import { preface } from "../../../http2/index.ts"
import { startBackend, startEdge, temporaryFolder, until } from "../testing/edge-fixture.ts"
import { makeCertificate, noOpenssl, startTlsEdge } from "../testing/tls-fixture.ts"

/** What the kernel waits for on a connection (proc_net_tcp(5), `tr`); 2: its own question whether the peer is there. */
const keepAliveTimer = "02"

const onLinux = { skip: process.platform !== "linux" }

test("of a client that stays a while the kernel finds out when it vanishes", onLinux, async t => {
  const { port } = await startEdge(t, [])
  const client = connect(port, "127.0.0.1")
  t.after(() => client.destroy())
  await until(() => timerOf(port) === keepAliveTimer)
  assert.equal(timerOf(port), keepAliveTimer)
})

test("of one that speaks TLS, and HTTP/2, too", { skip: onLinux.skip || noOpenssl }, async t => {
  const backend = await startBackend(t, (_request, response) => response.end())
  const certificate = makeCertificate(temporaryFolder(t), "a", ["a.test"])
  const { tlsPort } = await startTlsEdge(t, backend, { certificates: [certificate] })
  for (const ALPNProtocols of [["http/1.1"], ["h2"]]) {
    const client = tls.connect({ port: tlsPort, host: "127.0.0.1", rejectUnauthorized: false, ALPNProtocols })
    await once(client, "secureConnect")
    client.write(client.alpnProtocol === "h2" ? preface : "GET")
    await until(() => timerOf(tlsPort) === keepAliveTimer)
    client.destroy()
    await until(() => timerOf(tlsPort) === undefined)
  }
})

/** Of the connection accepted on this port. */
function timerOf(port: number): string | undefined {
  const local = `:${port.toString(16).toUpperCase().padStart(4, "0")}`
  const established = "01"
  const rows = readFileSync("/proc/net/tcp", "utf8").split("\n").slice(1)
  const row = rows
    .map(line => line.trim().split(/\s+/))
    .find(([, at, , state]) => at?.endsWith(local) === true && state === established)
  return row?.[5]?.slice(0, 2)
}
