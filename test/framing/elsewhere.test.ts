import assert from "node:assert/strict"
import { readFileSync, writeFileSync } from "node:fs"
import type { RequestListener } from "node:http"
import net from "node:net"
import { join } from "node:path"
import { type TestContext, test } from "node:test"
import fc from "fast-check"
import { startBackend, startEdge, temporaryFolder } from "../../src/tiers/edge/testing/edge-fixture.ts"
import { rawExchange } from "./raw-exchange.ts"

const secret = "kept beside the public folder"

const climbs = ["..", "%2e%2e", "%2E%2e", ".%2e", "%2e.", ".%2E"]
const separators = ["/", "\\", "%2f", "%2F", "%5c", "%5C", "/./", "//"]
const beginnings = ["/", "//", "/./", "/public/../", "/a/../", "/a//../", "/%2e/", "http://cafe.test/"]

/** Every spelling of `/../secret.txt` that one kind of backend or another takes for it. */
const spellings = beginnings.flatMap(beginning =>
  climbs.flatMap(climb => separators.map(separator => `${beginning}${climb}${separator}secret.txt`)),
)

test(`no backend's files are reached from outside its folder: ${spellings.length} spellings`, async t => {
  const folder = temporaryFolder(t)
  writeFileSync(join(folder, "secret.txt"), secret)
  const backend = await startBackend(t, gullible(join(folder, "public")))
  const { port } = await startEdge(t, [backend])
  const leaks: Record<"direct" | "behind the edge", string[]> = { direct: [], "behind the edge": [] }
  for (const target of spellings) {
    const request = `GET ${target} HTTP/1.1\r\nHost: cafe.test\r\nConnection: close\r\n\r\n`
    if ((await rawExchange(backend.address, [request])).bytes.includes(secret)) leaks.direct.push(target)
    if ((await rawExchange({ port }, [request])).bytes.includes(secret)) leaks["behind the edge"].push(target)
  }
  // Were the backend careful, the edge would not be put to the test.
  assert.equal(leaks.direct.length, spellings.length)
  assert.deepEqual(leaks["behind the edge"], [])
})

test("nobody but a backend of the map is ever asked, whatever target and fields name", async t => {
  const canary = await startCanary(t)
  let asked = 0
  const backend = await startBackend(t, (_request, response) => {
    asked++
    response.end("ours")
  })
  const { port } = await startEdge(t, [backend])
  const seed = Date.now() % 1e9
  t.diagnostic(`seed ${seed}`)
  await fc.assert(
    fc.asyncProperty(requestNaming(canary.authority), async request => {
      await rawExchange({ port }, [request])
      assert.equal(canary.connections(), 0, request)
    }),
    { seed, numRuns: 1000 },
  )
  assert.ok(asked > 100, `only ${asked} requests were let through: nothing was tried`)
  assert.equal((await rawExchange(canary.address, ["x"])).bytes, "canary")
  assert.equal(canary.connections(), 1)
})

/** Requests that name somebody else's address wherever a proxy could be made to look for one. */
function requestNaming(authority: string): fc.Arbitrary<string> {
  const targets = [
    ...["/", `//${authority}/`, `/\\${authority}/`, `/http://${authority}/`, `/${authority}`],
    ...[`http://${authority}/`, `https://${authority}/`, `HTTP://${authority}`, `ws://${authority}/`],
    ...[
      `http://cafe.test@${authority}/`,
      `http://${authority}@cafe.test/`,
      `http://cafe.test\\@${authority}/`,
    ],
    ...[
      authority,
      `*`,
      `@${authority}/`,
      `http:${authority}`,
      `//cafe.test@${authority}/`,
      "http://cafe.test/",
    ],
  ]
  const hosts = [
    ...[
      "cafe.test",
      authority,
      `cafe.test@${authority}`,
      `${authority}, cafe.test`,
      `cafe.test:${authority}`,
    ],
  ]
  const fields = [
    ...[
      "X-Forwarded-Host",
      "X-Original-URL",
      "X-Rewrite-URL",
      "X-Host",
      "Forwarded",
      "Via",
      "X-Forwarded-Server",
    ],
    ...[
      "X-Real-IP",
      "X-HTTP-Host-Override",
      "Proxy-Host",
      "Location",
      "Destination",
      "Alt-Used",
      "X-Banyan-Backend",
    ],
  ]
  const values = [authority, `http://${authority}/`, `host=${authority};for=${authority}`]
  const field = fc.tuple(fc.constantFrom(...fields), fc.constantFrom(...values))
  return fc
    .record({
      method: fc.constantFrom("GET", "HEAD", "POST", "OPTIONS", "CONNECT", "PROPFIND"),
      target: fc.constantFrom(...targets),
      host: fc.constantFrom(...hosts),
      fields: fc.array(field, { maxLength: 3 }),
    })
    .map(({ method, target, host, fields }) => {
      const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`).join("")
      return `${method} ${target} HTTP/1.1\r\nHost: ${host}\r\n${lines}Connection: close\r\n\r\n`
    })
}

/** Decodes once, takes `\` for `/`, and joins: what careless servers of files do. */
function gullible(root: string): RequestListener {
  return (request, response) => {
    const path = decodeURIComponent(request.url!.replace(/^http:\/\/[^/]*/, "")).replaceAll("\\", "/")
    try {
      response.end(readFileSync(join(root, path)))
    } catch {
      response.writeHead(404).end()
    }
  }
}

async function startCanary(t: TestContext) {
  let connections = 0
  const server = net.createServer(socket => {
    connections++
    socket.on("error", () => {})
    socket.end("canary")
  })
  await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve))
  t.after(() => server.close())
  const { port } = server.address() as net.AddressInfo
  return { address: { port }, authority: `127.0.0.1:${port}`, connections: () => connections }
}
