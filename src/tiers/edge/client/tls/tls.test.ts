import assert from "node:assert/strict"
import { once } from "node:events"
import { copyFileSync, writeFileSync } from "node:fs"
import http2 from "node:http2"
import net from "node:net"
import { test } from "node:test"
import tls from "node:tls"
import { startBackend, temporaryFolder, until } from "../../testing/edge-fixture.ts"
import { RawClient } from "../../testing/raw-client.ts"
import { askTls, makeCertificate, noOpenssl, serialOf, startTlsEdge } from "../../testing/tls-fixture.ts"
import { TicketChain } from "./ticket-chain.ts"

const versions = ["TLSv1.2", "TLSv1.3"] as const
const only = (version: (typeof versions)[number]) => ({ minVersion: version, maxVersion: version })

test("https: the backend is told so, and the access log says by which version", {
  skip: noOpenssl,
}, async t => {
  const backend = await startBackend(t, (request, response) => response.end(JSON.stringify(request.headers)))
  const certificate = makeCertificate(temporaryFolder(t), "a", ["a.test"])
  const { tlsPort, port, log, edge } = await startTlsEdge(t, backend, { certificates: [certificate] })
  for (const version of versions) {
    const { text, protocol, serial } = await askTls(tlsPort, only(version))
    assert.equal(protocol, version)
    assert.equal(serial, serialOf(certificate))
    assert.match(text, /^HTTP\/1\.1 200 /)
    assert.match(text, /"x-forwarded-proto":"https"/)
    assert.match(text, /"forwarded":"for=127\.0\.0\.1;host=\\"a\.test\\";proto=https"/)
  }
  const plain = await new RawClient(port, t).get("/")
  assert.match(String(plain.body), /"x-forwarded-proto":"http"/)
  assert.deepEqual(
    log.map(entry => entry.tls),
    ["TLSv1.2", "TLSv1.3", undefined],
  )
  assert.deepEqual(edge.report().tls?.failures, {})
  assert.equal(edge.report().tls?.handshakes, 2)
})

test("a certificate is chosen by the name: exact before wildcard before the first", {
  skip: noOpenssl,
}, async t => {
  const backend = await startBackend(t, (_, response) => response.end("x"))
  const folder = temporaryFolder(t)
  const [first, wild, exact] = [
    makeCertificate(folder, "first", ["first.test"]),
    makeCertificate(folder, "wild", ["*.b.test"]),
    makeCertificate(folder, "exact", ["api.b.test", "c.test"]),
  ] as const
  const { tlsPort } = await startTlsEdge(t, backend, { certificates: [first, wild, exact] })
  const expected = [
    ["first.test", first],
    ["www.b.test", wild],
    ["WWW.B.TEST", wild],
    ["api.b.test", exact],
    ["c.test", exact],
    ["a.www.b.test", first],
    ["b.test", first],
    ["unknown.test", first],
    ["", first],
  ] as const
  for (const [servername, certificate] of expected)
    assert.equal((await askTls(tlsPort, { servername })).serial, serialOf(certificate), servername)
})

test("a changed pair is taken over: open connections stay, sessions resume, nothing fails", {
  skip: noOpenssl,
}, async t => {
  const backend = await startBackend(t, (_, response) => response.end("x"))
  const folder = temporaryFolder(t)
  const certificate = makeCertificate(folder, "a", ["a.test"])
  const { edge, tlsPort } = await startTlsEdge(t, backend, { certificates: [certificate] })
  const kept = tls.connect({ port: tlsPort, host: "127.0.0.1", rejectUnauthorized: false })
  t.after(() => kept.destroy())
  const answered = async () => {
    kept.write("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n")
    const [bytes] = await once(kept, "data")
    return String(bytes).slice(0, 15)
  }
  assert.equal(await answered(), "HTTP/1.1 200 OK")
  const { session, serial } = await askTls(tlsPort)

  // Bad files first: told, and never taken.
  copyFileSync(certificate.cert, `${folder}/good.pem`)
  writeFileSync(certificate.cert, "no certificate")
  await until(() => edge.report().tls?.certificates[0]?.problem !== undefined, "the problem is told")
  assert.match(
    edge.report().tls?.certificates[0]?.problem ?? "",
    /a\.pem: holds no certificate that can be served/,
  )
  assert.equal((await askTls(tlsPort)).serial, serial)
  const other = makeCertificate(folder, "other", ["a.test"])
  copyFileSync(other.cert, certificate.cert)
  await until(() => /is not the private key/.test(edge.report().tls?.certificates[0]?.problem ?? ""))
  assert.equal((await askTls(tlsPort)).serial, serial)

  makeCertificate(folder, "a", ["a.test"])
  const renewed = serialOf(certificate)
  await until(() => edge.report().tls?.certificates[0]?.serial === renewed, "the renewed one is served")
  assert.equal(edge.report().tls?.certificates[0]?.problem, undefined)
  assert.equal((await askTls(tlsPort)).serial, renewed)
  assert.equal((await askTls(tlsPort, { session })).resumed, true)
  assert.equal(await answered(), "HTTP/1.1 200 OK")
  assert.deepEqual(edge.report().tls?.failures, {})
})

for (const version of versions) {
  test(`${version}: a session made at one front door is resumed at the next`, {
    skip: noOpenssl,
  }, async t => {
    const backend = await startBackend(t, (_, response) => response.end("x"))
    const certificates = [makeCertificate(temporaryFolder(t), "a", ["a.test"])]
    const tickets = TicketChain.begin(Date.now()).seed
    const older = await startTlsEdge(t, backend, { certificates, tickets })
    const newer = await startTlsEdge(t, backend, { certificates, tickets })
    const foreign = await startTlsEdge(t, backend, { certificates })
    const { session, resumed } = await askTls(older.tlsPort, only(version))
    assert.equal(resumed, false)
    assert.equal((await askTls(newer.tlsPort, { ...only(version), session })).resumed, true)
    assert.equal((await askTls(foreign.tlsPort, { ...only(version), session })).resumed, false)
    assert.equal(newer.edge.report().tls?.resumed, 1)
  })
}

test("what is no TLS gets a clean end, plain HTTP an explanation; each is counted", {
  skip: noOpenssl,
}, async t => {
  const backend = await startBackend(t, (_, response) => response.end("x"))
  const certificates = [makeCertificate(temporaryFolder(t), "a", ["a.test"])]
  const limits = { headTimeoutMs: 300 }
  const { edge, tlsPort } = await startTlsEdge(
    t,
    backend,
    { certificates, minVersion: "TLSv1.3" },
    { limits },
  )
  const failures = () => edge.report().tls?.failures

  const plain = await new RawClient(tlsPort, t).get("/")
  assert.equal(plain.status, 400)
  assert.match(String(plain.body), /BN2024.*speaks TLS/)
  const noise = new RawClient(tlsPort, t).send(Buffer.from([0, 1, 2, 3]))
  await noise.closed
  assert.deepEqual(failures(), { "not-tls": 2 })

  await assert.rejects(askTls(tlsPort, only("TLSv1.2")), /ALERT_PROTOCOL_VERSION|alert protocol version/i)
  await until(() => failures()?.version === 1)
  await assert.rejects(
    askTls(tlsPort, { ALPNProtocols: ["spdy/3"] }),
    /NO_APPLICATION_PROTOCOL|no application/i,
  )
  await until(() => failures()?.protocol === 1)

  const slow = [net.connect(tlsPort, "127.0.0.1"), net.connect(tlsPort, "127.0.0.1")]
  slow[1]!.write(Buffer.from([22, 3, 1, 2, 0, 1]))
  await Promise.all(
    slow.map(socket =>
      once(
        socket.resume().on("error", () => {}),
        "close",
      ),
    ),
  )
  assert.equal(failures()?.late, 2)
  const gone = net.connect(tlsPort, "127.0.0.1", () => gone.end(Buffer.from([22, 3, 1])))
  await until(() => failures()?.gone === 1)
  assert.equal((await askTls(tlsPort)).protocol, "TLSv1.3")
  await until(() => edge.report().connections === 0)
})

test("HTTP/2 by ALPN: the same connection, log and fields; HTTP/1.1 for who offers that alone", {
  skip: noOpenssl,
}, async t => {
  const backend = await startBackend(t, (request, response) =>
    response.end(request.headers["x-forwarded-proto"]),
  )
  const certificates = [makeCertificate(temporaryFolder(t), "a", ["a.test"])]
  const { edge, tlsPort, log } = await startTlsEdge(t, backend, { certificates, hsts: "max-age=300" })
  const session = http2.connect(`https://127.0.0.1:${tlsPort}`, {
    rejectUnauthorized: false,
    servername: "a.test",
  })
  t.after(() => session.destroy())
  for (let nth = 0; nth < 3; nth++) {
    const stream = session.request({ ":path": "/", ":authority": "a.test" })
    const [fields] = await once(stream, "response")
    assert.deepEqual([fields[":status"], fields["strict-transport-security"]], [200, "max-age=300"])
    stream.setEncoding("utf8")
    assert.deepEqual(await stream.toArray(), ["https"])
  }
  assert.equal(session.alpnProtocol, "h2")
  assert.match((await askTls(tlsPort, { ALPNProtocols: ["http/1.1"] })).text, /^HTTP\/1\.1 200/)
  assert.deepEqual(
    log.map(entry => entry.tls),
    Array(4).fill("TLSv1.3"),
  )
  session.close()
  await until(() => edge.report().connections === 0)
})

test("HSTS: over TLS alone, also in the door's own answers, and never over what the app says", {
  skip: noOpenssl,
}, async t => {
  const backend = await startBackend(t, (request, response) => {
    if (request.url === "/own") response.setHeader("Strict-Transport-Security", "max-age=1")
    response.end("x")
  })
  const certificates = [makeCertificate(temporaryFolder(t), "a", ["a.test"])]
  const { port, tlsPort } = await startTlsEdge(t, backend, { certificates, hsts: "max-age=300" })
  const ask = async (path: string) =>
    (await askTls(tlsPort, {}, `GET ${path} HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n`)).text
  const secure = async (path: string) => (await ask(path)).match(/strict-transport-security: .*/gi)
  assert.deepEqual(await secure("/"), ["Strict-Transport-Security: max-age=300"])
  // With what the backend said, once, and nothing that concerned its connection alone.
  assert.deepEqual((await ask("/")).match(/^[^:\n]+(?=:)/gm)?.sort(), [
    ...["Connection", "Content-Length", "Date", "Strict-Transport-Security", "X-Request-Id"],
  ])
  assert.deepEqual(await secure("/own"), ["Strict-Transport-Security: max-age=1"])
  assert.deepEqual(await secure("/.banyan/health"), ["Strict-Transport-Security: max-age=300"])
  assert.equal((await new RawClient(port, t).get("/")).header("strict-transport-security"), undefined)
})

test("redirect: 308 to the same host, path and query; the reserved path stays hidden, nothing is sent on", {
  skip: noOpenssl,
}, async t => {
  const backend = await startBackend(t, (_, response) => response.end("x"))
  const certificates = [makeCertificate(temporaryFolder(t), "a", ["a.test"])]
  const ask = async (redirectPort: number, request: string) => {
    const { port } = await startTlsEdge(t, backend, { certificates, redirectPort })
    return new RawClient(port, t).send(request).answer()
  }
  const cases = [
    [443, "GET /a/b?c=d&e=%20 HTTP/1.1\r\nHost: cafe.test:80\r\n\r\n", "https://cafe.test/a/b?c=d&e=%20"],
    [8443, "GET / HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n", "https://[::1]:8443/"],
    [443, "GET http://other.test/x HTTP/1.1\r\nHost: other.test\r\n\r\n", "https://other.test/x"],
    [443, "POST /x HTTP/1.1\r\nHost: a.test\r\nContent-Length: 3\r\n\r\nabc", "https://a.test/x"],
  ] as const
  for (const [redirectPort, request, location] of cases) {
    const answer = await ask(redirectPort, request)
    assert.deepEqual([answer.status, answer.header("location")], [308, location])
  }
  assert.equal((await ask(443, "GET /.banyan/health HTTP/1.1\r\nHost: a.test\r\n\r\n")).status, 404)
  assert.equal((await ask(443, "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n")).status, 400)
  assert.equal(backend.requests, 0)
})

test("a large answer passes to a slow reader over TLS, whole and with bounded memory", {
  skip: noOpenssl,
}, async t => {
  const body = Buffer.alloc(8 * 1024 * 1024, "banyan ")
  const backend = await startBackend(t, (_, response) => response.end(body))
  const certificates = [makeCertificate(temporaryFolder(t), "a", ["a.test"])]
  const { tlsPort } = await startTlsEdge(t, backend, { certificates })
  const { text } = await askTls(tlsPort)
  assert.equal(text.slice(text.indexOf("\r\n\r\n") + 4), body.toString())
})

test("an answer that breaks off is a reset over TLS, too: never a clean end", {
  skip: noOpenssl,
}, async t => {
  const backend = await startBackend(t, (_, response) => {
    response.writeHead(200, { "Content-Length": "100" }).write("half")
    setTimeout(() => response.destroy(), 20)
  })
  const certificates = [makeCertificate(temporaryFolder(t), "a", ["a.test"])]
  const { tlsPort } = await startTlsEdge(t, backend, { certificates })
  await assert.rejects(askTls(tlsPort), /ECONNRESET/)
})
