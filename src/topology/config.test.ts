import assert from "node:assert/strict"
import { test } from "node:test"
import { BanyanError } from "../kit/errors.ts"
import { wordsOfCommand } from "./command-line.ts"
import { configSchema, limitsOf } from "./config.ts"
import { fieldPaths } from "./config-fields.ts"
import { parseConfig } from "./config-problems.ts"
import { resolveConfig, topologyOf } from "./config-resolve.ts"
import { hstsValue, speaksTls } from "./config-tls.ts"

function problemOf(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    assert.ok(error instanceof BanyanError, String(error))
    assert.equal(error.fault, "user")
    return error.message
  }
  return assert.fail("nothing was thrown")
}

test("an empty configuration is whole: every field but the optional ones has a default", () => {
  const config = parseConfig({})
  assert.equal(config.port, 8080)
  assert.equal(config.stage, "single")
  assert.equal(config.web.drainTimeoutMs, 90_000)
  assert.ok(config.edge.backendIdleTimeoutMs < config.web.keepAliveMs)
})

const wrongValues: Record<string, unknown[]> = {
  name: ["", 5, "x".repeat(65)],
  app: ["", 5],
  stage: ["tripple", 5],
  host: ["", "a b", 5, "http://x/"],
  "data/backup/target": ["", 5, null, {}],
  "data/backup/region": ["", "a b", 5, null],
  "data/backup/credentialsFile": ["", 5, null],
  "data/engine": ["sqlite", 5],
  "data/settings": [5, "x", [], null],
  "edge/tls/acme/caFile": ["", 5],
  "edge/tls/acme/directoryUrl": ["", "acme.test", "http://acme.test/dir", "https://", 5],
  "edge/tls/acme/domains": ["a.example", 5, {}, null],
  "edge/tls/acme/email": ["", "a", "a b@c", "mailto:a@b", `${"x".repeat(251)}@a.b`, 5],
  "edge/tls/certificates": ["cert.pem", 5, {}, null],
  "edge/tls/minVersion": ["TLSv1.1", 5],
  "edge/proxyProtocol/trustedCidrs": ["10.0.0.0/8", 5, {}, null],
  "web/command": ["", 5, [], [5], {}],
  "web/env": [5, "x", [], null],
  "web/memoryLimitMb": [31, 1_048_577, 100.5, "512", 0, null, []],
  "edge/memoryLimitMb": [31, 1_048_577, 100.5, "512", 0, null, []],
  "web/healthPath": ["", "health", "/a b", 5],
}
for (const path of fieldPaths()) {
  test(`${path}: a wrong value is refused by name, with what it should be and what it got`, () => {
    for (const wrong of wrongValues[path] ?? [-1, 1e12, "12", Number.NaN, null, [], {}]) {
      const input = path.split("/").reduceRight<unknown>((value, key) => ({ [key]: value }), wrong)
      const message = problemOf(() => parseConfig(input))
      assert.match(message, new RegExp(`^banyan\\.config\\.ts: ${path}: should be .+, got .+$`), message)
      assert.doesNotMatch(message, /Too |Invalid |\[object/)
    }
  })
}

test("a misspelt field is named with what was probably meant", () => {
  const message = problemOf(() => parseConfig({ stag: "single", web: { drainTimeout: 5 }, edge: { zzz: 1 } }))
  assert.match(message, /stag: is no known field; did you mean `stage`\?/)
  assert.match(message, /web\/drainTimeout: is no known field; did you mean `drainTimeoutMs`\?/)
  assert.match(message, /edge\/zzz: is no known field; known here: instances, maxConnections, /)
})

test("what is no object at all is refused with an example", () => {
  for (const wrong of [undefined, null, 5, "x", [], () => ({})]) {
    assert.match(
      problemOf(() => parseConfig(wrong)),
      /the default export: should be an object/,
    )
  }
})

test("rules between fields: idle connections end at the edge first; single has no web instances", () => {
  assert.match(
    problemOf(() => parseConfig({ edge: { backendIdleTimeoutMs: 75_000 } })),
    /edge\/backendIdleTimeoutMs: should be shorter than web\/keepAliveMs/,
  )
  assert.match(
    problemOf(() => parseConfig({ web: { instances: 3 } })),
    /web\/instances: should be left out/,
  )
  assert.match(
    problemOf(() => parseConfig({ edge: { instances: 2 } })),
    /edge\/instances: should be left out in stage "single"/,
  )
  for (const instances of [0, 9, 1.5, "2"])
    assert.match(
      problemOf(() => parseConfig({ stage: "balanced", edge: { instances } })),
      /edge\/instances: should be a whole number from 1 to 8, got/,
    )
  assert.equal(parseConfig({ stage: "balanced", web: { instances: 3 } }).web.instances, 3)
})

test("the source of each value is known: default, file, command, PORT, flag; the later wins", () => {
  const file = { port: 3000, web: { drainTimeoutMs: 1000 } }
  const grown = { stage: "balanced", instances: { web: 4, edge: 2 }, by: "scale web=4" } as const
  const plain = resolveConfig(file, undefined, {}, {})
  assert.equal(plain.value.port, 3000)
  assert.equal(plain.sources["port"], "banyan.config.ts")
  assert.equal(plain.sources["web/drainTimeoutMs"], "banyan.config.ts")
  assert.equal(plain.sources["web/keepAliveMs"], "default")

  const told = resolveConfig(file, grown, { adminPort: 9 }, { PORT: "4000" })
  assert.equal(told.value.port, 4000)
  assert.equal(told.value.stage, "balanced")
  assert.equal(told.value.web.instances, 4)
  assert.equal(told.value.edge.instances, 2)
  assert.deepEqual(
    ["port", "adminPort", "stage", "web/instances"].map(path => told.sources[path]),
    ["PORT", "--admin-port", "scale web=4", "scale web=4"],
  )
  assert.equal(resolveConfig(file, grown, { port: 5000 }, { PORT: "4000" }).sources["port"], "--port")
})

test("a shrink below the file's stage leaves no instances behind", () => {
  const shrunk = { stage: "single", instances: { app: 1 }, by: "shrink" } as const
  const file = { stage: "balanced", web: { instances: 3 }, edge: { instances: 2 } }
  const { value } = resolveConfig(file, shrunk, {}, {})
  assert.equal(value.stage, "single")
  assert.equal(value.web.instances, undefined)
  assert.equal(value.edge.instances, undefined)
})

test("a bad flag or PORT is named as such, and so is one port for both", () => {
  assert.match(
    problemOf(() => resolveConfig({}, undefined, { port: 70_000 }, {})),
    /^--port: port: should be a whole number from 1 to 65535, got 70000$/,
  )
  assert.match(
    problemOf(() => resolveConfig({}, undefined, {}, { PORT: "web" })),
    /^PORT: port: .*got web$/,
  )
  assert.match(
    problemOf(() => resolveConfig({}, undefined, { host: "a b" }, {})),
    /^--host: host: /,
  )
  assert.match(
    problemOf(() => resolveConfig({}, undefined, { port: 7070 }, {})),
    /^--port: port: should be other than/,
  )
})

test("the topology of a configuration", () => {
  assert.deepEqual(topologyOf(parseConfig({})).instances, { postgres: 1, app: 1, web: 0, edge: 0 })
  const balanced = parseConfig({ stage: "balanced" })
  assert.deepEqual(topologyOf(balanced).instances, { postgres: 1, app: 0, web: 2, edge: 1 })
  const wide = parseConfig({ stage: "balanced", web: { instances: 5 }, edge: { instances: 3 } })
  assert.deepEqual(topologyOf(wide).instances, { postgres: 1, app: 0, web: 5, edge: 3 })
  assert.ok(!("instances" in limitsOf(wide).edge), "no limit of a process")
})

test("a program in place of the app: its own ladder, no database unless it wants one, and not both", () => {
  const config = parseConfig({ web: { command: "node server.js", env: { KEY: "a b" } } })
  assert.equal(config.data.engine, "none")
  assert.deepEqual(topologyOf(config).instances, { postgres: 0, app: 0, web: 1, edge: 1 })
  const withDatabase = parseConfig({
    stage: "balanced",
    web: { command: "x", instances: 3 },
    data: { engine: "embedded" },
  })
  assert.deepEqual(topologyOf(withDatabase).instances, { postgres: 1, app: 0, web: 3, edge: 1 })
  const wrong: ReadonlyArray<readonly [object, RegExp]> = [
    [
      { app: "./app.ts", web: { command: "x" } },
      /app: should be left out beside web\/command: .*got "\.\/app\.ts"/,
    ],
    [{ web: { command: "a && b" } }, /web\/command: .*needs no shell \(`&&` needs one\)/],
    [{ web: { command: "a *.js" } }, /`\*\.js` needs one/],
    [{ web: { command: "  " } }, /it names no program/],
    [{ web: { env: { A: "b" } } }, /web\/env: should be left out without web\/command/],
    [{ web: { command: "x", env: { KEY: undefined } } }, /web\/env\/KEY: should be a text.*got nothing/],
    [{ web: { command: "x", env: { "a b": "c" } } }, /web\/env\/a b: should be a text, under a name/],
    [{ data: { engine: "none" } }, /data\/engine: should be "embedded" or "external" without web\/command/],
  ]
  for (const [input, said] of wrong)
    assert.match(
      problemOf(() => parseConfig(input)),
      said,
    )
})

test("a command is split as a shell would, with the program's own variables in it", () => {
  const env = { PORT: "20001", NAME: "a b" }
  assert.deepEqual(wordsOfCommand(`python3 -m http.server $PORT --bind '$PORT' "x $NAME"`, env), [
    "python3",
    "-m",
    "http.server",
    "20001",
    "--bind",
    "$PORT",
    "x a b",
  ])
  assert.deepEqual(wordsOfCommand(["sh", "-c", "exec x $PORT"], env), ["sh", "-c", "exec x $PORT"])
})

test("TLS: each wrong field is named, down to the item of a list; rules between fields hold", () => {
  const certificates = [{ cert: "a.pem", key: "a.key" }]
  const wrong: ReadonlyArray<[object, RegExp]> = [
    [{ tls: { certificates: [{ cert: "a.pem" }] } }, /edge\/tls\/certificates\/0\/key: should be a text/],
    [{ tls: { certificates: [{ cert: "a", kee: "b" }] } }, /certificates\/0\/kee: .* did you mean `key`/],
    [{ tls: { certificates, port: 7070 } }, /edge\/tls\/port: should be other than adminPort, got 7070/],
    [
      { tls: { redirectToHttps: true } },
      /redirectToHttps: should be false without edge\/tls\/certificates or edge/,
    ],
    [{ tls: { hsts: { maxAgeS: 60 } } }, /maxAgeS: should be 0 without edge\/tls\/certificates/],
    [
      { tls: { certificates, hsts: { maxAgeS: 60, preload: true } } },
      /hsts\/preload: should be false unless/,
    ],
    [
      { proxyProtocol: { trustedCidrs: ["10.0.0.0/8", "10.0.0.0/33"] } },
      /trustedCidrs\/1: should be an IP addr/,
    ],
  ]
  for (const [edge, said] of wrong)
    assert.match(
      problemOf(() => parseConfig({ edge })),
      said,
    )
  const trustedCidrs = ["10.0.0.0/8", "192.0.2.1", "2001:db8::/32", "::1"]
  assert.deepEqual(parseConfig({ edge: { proxyProtocol: { trustedCidrs } } }).edge.proxyProtocol, {
    trustedCidrs,
    on: "both",
  })
})

test("ACME: only names that HTTP-01 can prove, terms agreed to; it counts as a certificate", () => {
  const agreed = { termsOfServiceAgreed: true }
  const given = (acme: object, tls: object = {}) => parseConfig({ edge: { tls: { acme, ...tls } } })
  for (const name of [
    "*.a.example",
    "A.example",
    "localhost",
    "192.0.2.1",
    "[::1]",
    "a.example:80",
    "a..b",
    "-a.b",
    "a_b.c",
    "a.b/",
  ])
    assert.match(
      problemOf(() => given({ ...agreed, domains: ["a.example", name] })),
      /edge\/tls\/acme\/domains\/1: should be a host name in lower case, .*no wildcard.*, got "/,
      name,
    )
  const many = Array.from({ length: 101 }, (_, nth) => `a${nth}.example`)
  assert.match(
    problemOf(() => given({ ...agreed, domains: many })),
    /acme\/domains: should be a list of at most 100/,
  )
  assert.match(
    problemOf(() => given({ domains: ["a.example"] })),
    /acme\/termsOfServiceAgreed: should be true with edge\/tls\/acme\/domains.*got false/,
  )
  assert.match(
    problemOf(() => given({ ...agreed, domains: ["a.example", "b.example", "a.example"] })),
    /acme\/domains: should be different names, got "a\.example" twice/,
  )
  const domains = ["a.example", "xn--bcher-kva.example", "a-1.b2.co.uk"]
  assert.match(
    problemOf(() => given({ ...agreed, domains }, { port: 8080 })),
    /tls\/port: should be other than port/,
  )
  const { tls } = given({ ...agreed, domains }, { redirectToHttps: true, hsts: { maxAgeS: 60 } }).edge
  assert.deepEqual([tls.acme.domains, speaksTls(tls), speaksTls(given({}).edge.tls)], [domains, true, false])
})

test("Strict-Transport-Security says what is configured, and nothing when no age is", () => {
  const hsts = (given: object) =>
    hstsValue(
      parseConfig({ edge: { tls: { certificates: [{ cert: "c", key: "k" }], hsts: given } } }).edge.tls.hsts,
    )
  assert.equal(hsts({ includeSubDomains: true }), undefined)
  assert.equal(hsts({ maxAgeS: 60 }), "max-age=60")
  const all = { maxAgeS: 31_536_000, includeSubDomains: true, preload: true }
  assert.equal(hsts(all), "max-age=31536000; includeSubDomains; preload")
})

test("limits are the numbers the tiers ask for, and every field is described", () => {
  const { edge, web } = limitsOf(parseConfig({}))
  assert.ok(Object.values(edge).every(Number.isFinite))
  assert.deepEqual(Object.keys(web).sort(), ["headTimeoutMs", "keepAliveMs", "maxBodyBytes"])
  for (const [name, field] of Object.entries(configSchema.shape)) assert.ok(field.description, name)
})
