import assert from "node:assert/strict"
import { after, before, type TestContext, test } from "node:test"
import { freePort } from "../../src/kit/node/free-port.ts"
import { askTls, makeCertificate, noOpenssl, serialOf } from "../../src/tiers/edge/testing/tls-fixture.ts"
import { httpsLoad } from "./https-load.ts"
import { kill } from "./processes.ts"
import { ScratchProject } from "./scratch-project.ts"
import { until } from "./until.ts"

/** A service behind TLS: what is true of its plain port in a change is true of this one, and sessions go on. */

/** Says which process answered, and how a session's cookie is removed: under the name and with the flags it has. */
const cookieApp = `export default {
  name: "cookies",
  web: ({ sessions }) => ({
    fetch: async () => new Response(String(process.pid), { headers: { "set-cookie": await sessions.close(null) } }),
  }),
}
`

let project: ScratchProject
let tlsPort: number
const names = ["a.test", "localhost"]
const certificates = [{ cert: "site.pem", key: "site.key" }]
const skip = noOpenssl

before(async () => {
  if (noOpenssl) return
  project = await ScratchProject.create({ app: cookieApp })
  tlsPort = await freePort()
  makeCertificate(project.folder, "site", names)
  configure({})
})
after(() => project?.remove())

const configure = (tls: object) =>
  project.configure({ edge: { tls: { certificates, port: tlsPort, ...tls } }, web: { drainTimeoutMs: 2000 } })

const load = (t: TestContext, perSecond: number) =>
  httpsLoad(t, { port: tlsPort, servername: "a.test", perSecond, distinguish: "body" })

test("a pair that cannot be served keeps the service from starting, in words", { skip }, async () => {
  const good = project.read("site.key")
  project.write("site.key", "no key")
  const { code, stderr } = await project.banyan("up", "--detach")
  assert.equal(code, 1)
  assert.match(stderr, /BN2042 site\.key: holds no private key that can be used/)
  project.write("site.key", good)
})

test("grow, scale and shrink under HTTPS load: no request fails, and sessions go on", { skip }, async t => {
  await project.succeed("up", "--detach")
  const state = await project.state()
  assert.equal(state.service.httpsUrl, `https://127.0.0.1:${tlsPort}`)
  assert.match(
    (await askTls(tlsPort)).text,
    /^set-cookie: session=; Path=\/; HttpOnly; SameSite=Lax; Max-Age=0\r$/m,
  )
  const sessions = await Promise.all(
    (["TLSv1.2", "TLSv1.3"] as const).map(async version => {
      const only = { minVersion: version, maxVersion: version }
      return { only, session: (await askTls(tlsPort, only)).session }
    }),
  )
  const resumed = async () => {
    for (const { only, session } of sessions)
      assert.equal((await askTls(tlsPort, { ...only, session })).resumed, true, only.minVersion)
  }
  const running = load(t, 40)
  await project.succeed("grow", "--yes")
  await resumed()
  await project.succeed("scale", "web=3", "--yes")
  await project.succeed("shrink", "--yes")
  await resumed()
  const { sent, failed, kinds: pids } = await running.stop()
  assert.deepEqual(failed, [])
  assert.ok(sent > 50 && pids >= 2, `${sent} requests, ${pids} processes answered`)
})

test("a renewed certificate is served without a restart, by the door that is open and by the next", {
  skip,
}, async t => {
  const running = load(t, 20)
  const renewed = serialOf(makeCertificate(project.folder, "site", names))
  const served = async () => (await askTls(tlsPort)).serial
  await until("the renewed certificate", async () => ((await served()) === renewed ? true : undefined))
  await project.succeed("grow", "--yes")
  assert.equal(await served(), renewed)
  // A bad file now: the old pair stays, status says so, and the next front door shows it as well.
  project.write("site.pem", "no certificate")
  await project.stateWhere("the problem", ({ certificates }) => certificates?.[0]?.problem !== undefined)
  const status = await project.succeed("status")
  assert.match(status, /certificate: site\.pem: holds no certificate.*the old one is served on/)
  await project.succeed("shrink", "--yes")
  assert.equal(await served(), renewed)
  assert.deepEqual((await running.stop()).failed, [])
  const doctor = await project.banyan("doctor")
  assert.equal(doctor.code, 1)
  assert.match(doctor.stdout, /fail {2}tls {8} BN2041 site\.pem/)
  const last = serialOf(makeCertificate(project.folder, "site", names))
  await until("the mended pair", async () => ((await served()) === last ? true : undefined))
  const mended = (await project.banyan("doctor")).stdout
  assert.match(mended, /ok {4}tls {8} site\.pem: a\.test, localhost; (29|30) days left/)
})

test("agent and supervisor die, the front door too: TLS comes back on the same socket, and sessions go on", {
  skip,
}, async () => {
  const { session } = await askTls(tlsPort)
  await kill(await project.agentPid())
  // Needs an agent: the next one has its sockets from the front door, and by now its supervisor's word.
  await project.succeed("grow", "--yes")
  const former = await project.settled()
  await kill(former.supervisor.pid)
  await project.stateWhere(
    "a new supervisor",
    ({ supervisor, settled }) => settled && supervisor.pid !== former.supervisor.pid,
  )
  const front = former.instances.find(({ id }) => id.startsWith("edge-"))
  await kill(front!.pid!)
  // Its callers wait in the socket's queue for the next one.
  assert.equal((await askTls(tlsPort, { session })).resumed, true)
  await project.settled()
})

test("redirect: the plain port sends everybody to https, and cookies of sessions are for https alone", {
  skip,
}, async () => {
  await project.succeed("down", "--yes", "--drain", "500ms")
  configure({ redirectToHttps: true, redirectPort: 443 })
  await project.succeed("up", "--detach")
  const answer = await fetch(`http://127.0.0.1:${project.port}/a?b`, { redirect: "manual" })
  assert.deepEqual([answer.status, answer.headers.get("location")], [308, "https://127.0.0.1/a?b"])
  const { text } = await askTls(tlsPort)
  assert.match(text, /^HTTP\/1\.1 200/)
  assert.match(text, /^set-cookie: __Host-session=; Path=\/; HttpOnly; SameSite=Lax; Secure; Max-Age=0\r$/m)
})
