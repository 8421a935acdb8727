import assert from "node:assert/strict"
import { X509Certificate } from "node:crypto"
import { statSync } from "node:fs"
import { after, before, test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { noPebble, type Pebble, startPebble } from "../../src/acme/testing/pebble-fixture.ts"
import { freePort } from "../../src/kit/node/free-port.ts"
import { askTls } from "../../src/tiers/edge/testing/tls-fixture.ts"
import type { StateView } from "../../src/wire/admin.ts"
import { httpsLoad } from "./https-load.ts"
import { kill } from "./processes.ts"
import { ScratchProject } from "./scratch-project.ts"
import { until } from "./until.ts"

/** A service whose certificate comes from Pebble, Let's Encrypt's authority for tests: strict, one nonce in ten refused. */

const skip = noPebble
const domains = ["a.test", "www.a.test"]
/** Nobody answers there. */
const nowhere = "127.0.0.9"
/** No database is needed here. */
const server = 'require("node:http").createServer((_, answer) => answer.end("x")).listen(process.env.PORT)'
let project: ScratchProject
let pebble: Pebble
let tlsPort: number

before(async () => {
  if (noPebble) return
  project = await ScratchProject.create()
  tlsPort = await freePort()
  pebble = await startPebble({ httpPort: project.port })
  configure()
})
after(async () => {
  await project?.remove()
  await pebble?.stop()
})

const configure = (acme: object = {}) =>
  project.configure({
    app: undefined,
    web: { command: [process.execPath, "-e", server], drainTimeoutMs: 1000 },
    edge: {
      tls: {
        port: tlsPort,
        redirectToHttps: true,
        acme: {
          domains,
          directoryUrl: pebble.directoryUrl,
          caFile: pebble.caFile,
          termsOfServiceAgreed: true,
          ...acme,
        },
      },
    },
  })

/** Without a command, which takes a process. */
const stateNow = () => project.stateWhere("a state", () => true)
const served = async () => (await askTls(tlsPort)).serial
const orderOf = ({ certificateOrder }: StateView) => certificateOrder!
/** Of the certificate in the file that is served: two in one second end in the same one. */
const serialOf = ({ certificates }: StateView) => serialIn(project.read(certificates![0]!.file))

test("a challenge that is refused is told in words and tried again; the plain port serves without redirect", {
  skip,
}, async () => {
  await pebble.pointNamesAt(nowhere)
  await project.succeed("up", "--detach")
  const state = await project.stateWhere("the refusal", each => orderOf(each).problem !== undefined)
  const { problem, nextAtMs, notAfterMs } = orderOf(state)
  assert.match(`${problem?.code} ${problem?.message}`, /^BN1603 (www\.)?a\.test: .*could not see .*refused/)
  const waitMs = nextAtMs - Date.now()
  assert.ok(waitMs > 0 && waitMs < 300_000 && notAfterMs === undefined, `next in ${waitMs} ms`)
  assert.equal((await project.get()).status, 200)
  await assert.rejects(askTls(tlsPort), /alert internal error/i)
  const status = await project.succeed("status")
  assert.match(status, /certificate: BN1603 .*; next try in \d/)
  assert.match((await project.banyan("doctor")).stdout, /warn +tls +a\.test, www\.a\.test: .*BN1603/)
})

test("the first certificate comes under way: served at once, HTTP sent to HTTPS, files for their user alone", {
  skip,
}, async () => {
  const before = await project.settled()
  await pebble.pointNamesAt("127.0.0.1")
  assert.match(await project.succeed("certificates", "renew", "--json"), /"state":"ordering"/)
  await project.stateWhere("the certificate", each => orderOf(each).notAfterMs !== undefined)
  await until("HTTPS", async () => (await askTls(tlsPort).catch(() => undefined)) !== undefined)
  const ca = await pebble.root()
  for (const servername of domains)
    assert.match(
      (await askTls(tlsPort, { ca, rejectUnauthorized: true, servername })).text,
      /^HTTP\/1\.1 200/,
    )
  await until("the redirect", async () => {
    const { status } = await fetch(`http://127.0.0.1:${project.port}/`, { redirect: "manual" })
    return status === 308
  })
  const { file } = (await stateNow()).certificates![0]!
  for (const each of [
    file,
    file.replace("site.pem", "account.pem"),
    file.replace("site.pem", "history.json"),
  ])
    assert.equal(statSync(project.at(each)).mode & 0o777, 0o600, each)
  assert.equal(statSync(project.at(file.replace(/\/[^/]+$/, ""))).mode & 0o777, 0o700)
  assert.match(
    await project.succeed("certificates", "show"),
    /a\.test, www\.a\.test.*ok[\s\S]*valid to .*renewed from/,
  )
  assert.match((await project.banyan("doctor")).stdout, /ok +tls +.*a\.test, www\.a\.test; \d+ days left/)
  const { instances } = await project.settled()
  assert.deepEqual(
    instances.map(({ pid }) => pid),
    before.instances.map(({ pid }) => pid),
  )
})

test("renewed under HTTPS load by two front doors, one of them new: no request fails", { skip }, async t => {
  await project.succeed("grow", "--yes")
  const ca = await pebble.root()
  const to = { port: tlsPort, servername: "www.a.test", ca }
  const running = httpsLoad(t, { ...to, perSecond: 25, distinguish: "serial" })
  const first = await served()
  await project.succeed("scale", "edge=2", "--yes")
  // Each door is asked by turns: what one alone had would be refused in time.
  for (let nth = 0; nth < 2; nth++) {
    const last = serialOf(await stateNow())
    await project.succeed("certificates", "renew")
    await project.stateWhere("a renewal", each => {
      const { state, problem } = orderOf(each)
      assert.equal(problem, undefined)
      return state === "waiting" && serialOf(each) !== last
    })
  }
  const newest = new RegExp(serialOf(await stateNow()), "i")
  await until("the renewed one from both", async () => {
    const all = await Promise.all(Array.from({ length: 8 }, served))
    return all.every(serial => newest.test(serial))
  })
  const { sent, failed, kinds: serials } = await running.stop()
  assert.deepEqual(failed, [])
  assert.ok(sent > 30 && serials >= 2 && !newest.test(first), `${sent} requests, ${serials} certificates`)
})

test("the supervisor dies in the middle of an order: the next one ends it, with the same key", {
  skip,
}, async () => {
  const before = await stateNow()
  const folder = orderFolder(before)
  const key = await orderHeld(folder)
  await kill(before.supervisor.pid)
  pebble.thaw()
  await until("the certificate of that order", () => project.read(`${folder}/site.pem`).includes(key))
  const state = await project.stateWhere(
    "the next supervisor",
    each => each.certificateOrder?.state === "waiting",
  )
  assert.notEqual(state.supervisor.pid, before.supervisor.pid)
  assert.equal(orderOf(state).problem, undefined)
})

test("a directory that nobody answers at changes nothing for those who visit", { skip }, async () => {
  await project.succeed("down", "--yes", "--drain", "500ms")
  configure({ directoryUrl: "https://127.0.0.1:1/dir" })
  await project.succeed("up", "--detach")
  const state = await project.stateWhere("the failure", each => orderOf(each).problem !== undefined)
  assert.equal(orderOf(state).problem?.code, "BN1601")
  assert.equal((await project.get()).status, 200)
  await project.succeed("down", "--yes", "--drain", "500ms")
  configure({ caFile: "nothing.pem" })
  const { code, stderr } = await project.banyan("up", "--detach")
  assert.deepEqual([code, /BN1611 nothing\.pem: /.test(stderr)], [1, true])
})

const orderFolder = (state: StateView) => state.certificates![0]!.file.replace(/\/[^/]+$/, "")

const serialIn = (pem: string) => new X509Certificate(pem).serialNumber

/** Orders, and stops the authority in the middle of it; again where it was over before. Gives the order's key. */
function orderHeld(folder: string): Promise<string> {
  const underWay = () => JSON.parse(project.read(`${folder}/history.json`)).underWay as boolean
  const keyIn = () => {
    try {
      return JSON.parse(project.read(`${folder}/order.json`)).key as string
    } catch {
      return undefined
    }
  }
  return until("an order in the middle", async () => {
    await project.succeed("certificates", "renew")
    while (underWay() && keyIn() === undefined) await sleep(10)
    pebble.freeze()
    const held = underWay() ? keyIn() : undefined
    if (held !== undefined) return held
    pebble.thaw()
    await project.stateWhere("the end of the order", each => orderOf(each).state === "waiting")
    return undefined
  })
}
