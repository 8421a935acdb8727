import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { startBackend, temporaryFolder, until } from "../testing/edge-fixture.ts"
import { RawClient } from "../testing/raw-client.ts"
import { askTls, makeCertificate, noOpenssl, startTlsEdge } from "../testing/tls-fixture.ts"
import { readProxyHeader } from "./proxy-header.ts"
import { trustedSenders } from "./trusted-senders.ts"

const signature = "0d0a0d0a000d0a515549540a"
const header = (rest: string, versionCommand = "21", family = "11") =>
  Buffer.from(
    `${signature}${versionCommand}${family}${(rest.length / 2).toString(16).padStart(4, "0")}${rest}`,
    "hex",
  )
const ipv4 = "c0000207cb007101d43101bb"
const ipv6 = `20010db8000000000000000000000007${"0".repeat(32)}d43101bb`
const unix = "00".repeat(216)
const from4 = { address: "192.0.2.7", port: 54321 }

const cases: ReadonlyArray<readonly [string, Buffer, ReturnType<typeof readProxyHeader>]> = [
  ["IPv4 over TCP", header(ipv4), { length: 28, source: from4 }],
  [
    "IPv6 over TCP",
    header(ipv6, "21", "21"),
    { length: 52, source: { address: "2001:db8::7", port: 54321 } },
  ],
  ["IPv4 with TLVs", header(`${ipv4}0200036162630400020000`), { length: 39, source: from4 }],
  ["UNIX: no address", header(unix, "21", "31"), { length: 232, source: undefined }],
  ["UNSPEC: no address", header("", "21", "00"), { length: 16, source: undefined }],
  ["LOCAL: addresses are skipped", header(ipv4, "20", "11"), { length: 28, source: undefined }],
  ["LOCAL with nothing", header("", "20", "00"), { length: 16, source: undefined }],
  ["LOCAL with what is no address", header("ffffff", "20", "00"), { length: 19, source: undefined }],
  ["one byte missing", header(ipv4).subarray(0, -1), "more"],
  ["nothing yet", Buffer.alloc(0), "more"],
  ["half a signature", Buffer.from(signature, "hex").subarray(0, 6), "more"],
  ["version 1", Buffer.from("PROXY TCP4 192.0.2.7 203.0.113.1 54321 443\r\n"), "signature"],
  ["a request", Buffer.from("GET / HTTP/1.1\r\n\r\n"), "signature"],
  ["version 3", header(ipv4, "31"), "version"],
  ["an unknown command", header(ipv4, "22"), "command"],
  ["an unknown family", header(ipv4, "21", "41"), "family"],
  ["an unknown protocol", header(ipv4, "21", "13"), "family"],
  ["datagrams", header(ipv4, "21", "12"), "family"],
  ["addresses cut short", header(ipv4.slice(2)), "length"],
  ["IPv6 with the length of IPv4", header(ipv4, "21", "21"), "length"],
  ["longer than any real one", header(`${ipv4}${"00".repeat(4096)}`), "length"],
  ["a TLV cut short", header(`${ipv4}0200`), "tlv"],
  ["a TLV that reaches beyond the end", header(`${ipv4}02000461`), "tlv"],
]
for (const [name, bytes, expected] of cases) {
  test(`PROXY v2, ${name}`, () => {
    assert.deepEqual(readProxyHeader(bytes), expected)
    if (typeof expected === "string" || expected.length !== bytes.length) return
    // Split anywhere it waits; what follows is not its own.
    for (let end = 0; end < bytes.length; end++) assert.equal(readProxyHeader(bytes.subarray(0, end)), "more")
    assert.deepEqual(readProxyHeader(Buffer.concat([bytes, Buffer.from("GET")])), expected)
  })
}

test("PROXY v2: whatever bytes come, it answers, and a refusal stays one however many follow", () => {
  const begun = fc.tuple(fc.constantFrom("", signature, `${signature}21`), fc.uint8Array({ maxLength: 64 }))
  fc.assert(
    fc.property(begun, fc.uint8Array({ maxLength: 64 }), ([start, middle], rest) => {
      const bytes = Buffer.concat([Buffer.from(start, "hex"), middle])
      const read = readProxyHeader(bytes)
      if (read === "more") return
      assert.deepEqual(readProxyHeader(Buffer.concat([bytes, rest])), read)
      if (typeof read === "object") assert.ok(read.length <= bytes.length)
    }),
  )
})

test("who is trusted: networks, single addresses, both families, each door for itself", () => {
  const on = (address: string, where: "both" | "plain" | "tls" = "both") => {
    const trusted = trustedSenders({ trustedCidrs: ["10.0.0.0/8", "192.0.2.1", "2001:db8::/32"], on: where })
    const socket = { remoteAddress: address } as never
    return [trusted.plain(socket), trusted.tls(socket)]
  }
  assert.deepEqual(on("10.1.2.3"), [true, true])
  assert.deepEqual(on("::ffff:10.1.2.3"), [true, true])
  assert.deepEqual(on("11.0.0.1"), [false, false])
  assert.deepEqual(on("192.0.2.1", "plain"), [true, false])
  assert.deepEqual(on("2001:db8::1", "tls"), [false, true])
  assert.deepEqual(on("2001:db9::1"), [false, false])
})

const request = "GET / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n"

test("the client's address of the header is what backend, log and limits see, with and without TLS", {
  skip: noOpenssl,
}, async t => {
  const backend = await startBackend(t, (incoming, response) =>
    response.end(`for ${incoming.headers["x-forwarded-for"]}`),
  )
  const certificates = [makeCertificate(temporaryFolder(t), "a", ["a.test"])]
  const proxyProtocol = { trustedCidrs: ["127.0.0.0/8"], on: "both" } as const
  const limits = { maxConnectionsPerAddress: 2, headTimeoutMs: 2_000 }
  const { edge, port, tlsPort, log } = await startTlsEdge(
    t,
    backend,
    { certificates },
    { proxyProtocol, limits },
  )

  const plain = new RawClient(port, t)
  // In pieces, the last of them with the request behind it.
  const [first, second] = [header(ipv4).subarray(0, 20), header(ipv4).subarray(20)]
  plain.send(first)
  await new Promise(resolve => setImmediate(resolve))
  plain.send(Buffer.concat([second, Buffer.from(request)]))
  assert.equal(String((await plain.answer()).body), "for 192.0.2.7")
  const local = await new RawClient(port, t).send(header("", "20", "00")).get("/", "Connection: close\r\n")
  assert.equal(String(local.body), "for 127.0.0.1")
  const own = await askProxied(tlsPort, header(ipv6, "21", "21"))
  assert.match(own, /for 2001:db8::7$/)
  assert.deepEqual(
    log.map(entry => entry.client),
    ["192.0.2.7", "127.0.0.1", "2001:db8::7"],
  )

  const held = [1, 2].map(() => new RawClient(port, t).send(header(ipv4)).send("GET / HT"))
  await until(() => edge.report().connections >= 2)
  const third = new RawClient(port, t).send(header(ipv4)).send(request)
  await third.closed
  assert.equal(third.received.length, 0)
  assert.equal(edge.report().refusals?.["BN2022"], 1)
  for (const client of held) client.socket.destroy()

  await new RawClient(port, t).send(request).closed
  await new RawClient(tlsPort, t).send(request).closed
  await new RawClient(port, t).send(header(ipv4).subarray(0, 10)).closed
  assert.deepEqual(edge.report().proxyHeaderFailures, { signature: 2, late: 1 })
  await until(() => edge.report().connections === 0)
})

test("behind a load balancer, too, the last place is given away, and not the one after it", {
  skip: noOpenssl,
}, async t => {
  const backend = await startBackend(t, (_, response) => response.end("x"))
  const certificates = [makeCertificate(temporaryFolder(t), "a", ["a.test"])]
  const proxyProtocol = { trustedCidrs: ["127.0.0.0/8"], on: "plain" } as const
  const limits = { maxConnections: 2 }
  const { port } = await startTlsEdge(t, backend, { certificates }, { proxyProtocol, limits })
  const inside = [new RawClient(port, t), new RawClient(port, t)] as const
  for (const client of inside) assert.equal((await client.send(header(ipv4)).get("/")).status, 200)
  const third = new RawClient(port, t).send(header(ipv4)).send(request)
  await third.closed
  assert.equal(third.received.length, 0)
  for (const client of inside) assert.equal((await client.get("/")).status, 200)
})

test("from others no header is read: it is a malformed request like any", { skip: noOpenssl }, async t => {
  const backend = await startBackend(t, (_, response) => response.end("x"))
  const certificates = [makeCertificate(temporaryFolder(t), "a", ["a.test"])]
  const proxyProtocol = { trustedCidrs: ["10.0.0.0/8"], on: "both" } as const
  const { port, tlsPort } = await startTlsEdge(t, backend, { certificates }, { proxyProtocol })
  assert.equal((await new RawClient(port, t).get("/")).status, 200)
  assert.match((await askTls(tlsPort)).text, /^HTTP\/1\.1 200/)
  assert.equal((await new RawClient(port, t).send(header(ipv4)).send(request).answer()).status, 400)
  assert.equal(backend.requests, 2)
})

/** TLS behind a PROXY header on one connection. */
async function askProxied(port: number, bytes: Buffer): Promise<string> {
  const below = new RawClient(port).send(bytes).socket
  below.removeAllListeners("data")
  const { text } = await askTls(port, { socket: below })
  return text
}
