import assert from "node:assert/strict"
import { writeFileSync } from "node:fs"
import { test } from "node:test"
import { mapOf, startBackend, temporaryFolder, until } from "../../testing/edge-fixture.ts"
import { RawClient } from "../../testing/raw-client.ts"
import { askTls, makeCertificate, noOpenssl, pemOf, startTlsEdge } from "../../testing/tls-fixture.ts"

/** What a front door does while its certificate is still being ordered. */

test("before the first certificate the plain port serves, TLS ends with an alert; then redirect and HSTS begin", {
  skip: noOpenssl,
}, async t => {
  const backend = await startBackend(t, (_, response) => response.end("x"))
  const folder = temporaryFolder(t)
  const file = `${folder}/site.pem`
  const { edge, port, tlsPort } = await startTlsEdge(t, backend, {
    certificates: [{ cert: file, key: file, awaited: true }],
    redirectPort: 443,
    hsts: "max-age=300",
  })
  assert.equal((await new RawClient(port, t).get("/")).status, 200)
  await assert.rejects(askTls(tlsPort), /ALERT_INTERNAL_ERROR|alert internal error/i)
  assert.deepEqual(edge.report().tls?.failures, { "no-certificate": 1 })
  assert.deepEqual(edge.report().tls?.certificates, [])

  const { cert, key } = pemOf(makeCertificate(folder, "made", ["a.test"]))
  writeFileSync(file, key + cert)
  await until(() => edge.report().tls?.certificates.length === 1, "the first certificate is served")
  assert.equal((await new RawClient(port, t).get("/")).status, 308)
  assert.match((await askTls(tlsPort)).text, /Strict-Transport-Security: max-age=300/)
})

test("a challenge of the map is answered before the redirect and the app; what is not in it goes their way", {
  skip: noOpenssl,
}, async t => {
  const backend = await startBackend(t, (request, response) => response.end(`app ${request.url}`))
  const certificates = [makeCertificate(temporaryFolder(t), "a", ["a.test"])]
  const { edge, port, tlsPort, log } = await startTlsEdge(t, backend, { certificates, redirectPort: 443 })
  const ask = (token: string, method = "GET") =>
    new RawClient(port, t)
      .send(`${method} /.well-known/acme-challenge/${token} HTTP/1.1\r\nHost: a.test\r\n\r\n`)
      .answer()
  const challenges = [
    { token: "t-1_A", answer: "t-1_A.key" },
    { token: "t-2", answer: "t-2.key" },
  ]
  assert.equal((await ask("t-2")).status, 308)
  await edge.apply({ ...mapOf([backend]), challenges })
  for (const { token, answer } of challenges) {
    const said = await ask(token)
    assert.deepEqual(
      [said.status, String(said.body), said.header("cache-control")],
      [200, answer, "no-store"],
    )
    assert.match(said.header("content-type")!, /^text\/plain/)
  }
  const path = "/.well-known/acme-challenge/t-2"
  const secure = await askTls(
    tlsPort,
    {},
    `GET ${path} HTTP/1.1\r\nHost: b.test\r\nConnection: close\r\n\r\n`,
  )
  assert.match(secure.text, /\r\n\r\nt-2\.key$/)
  for (const [token, method] of [["t-3"], ["t-2/"], ["T-2"], ["t-2", "POST"]] as const)
    assert.equal((await ask(token, method)).status, 308, token)
  assert.deepEqual(
    log.filter(({ status }) => status === 200).map(({ backend, error }) => [backend, error]),
    Array(3).fill(["", undefined]),
  )
  assert.equal(edge.report().refusals?.[""], undefined)
  await edge.apply(mapOf([backend]))
  assert.equal((await ask("t-2")).status, 308)
  assert.equal(backend.requests, 0)
})
