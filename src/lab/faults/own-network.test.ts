import assert from "node:assert/strict"
import { spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { chownSync, cpSync, mkdtempSync, rmSync } from "node:fs"
import { networkInterfaces, tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { type TestContext, test } from "node:test"
import { fileURLToPath } from "node:url"
import { isInOwnNetwork, ownNetwork, packetFilter } from "./own-network.ts"
import { packetCutFault, rulesOf } from "./packet-faults.ts"

const scenes = fileURLToPath(new URL("./testing/packet-scenes.ts", import.meta.url))
const entering = fileURLToPath(new URL("./testing/entering-process.ts", import.meta.url))
const network = ownNetwork()
const skip = network.possible ? false : `${network.why} (${network.remedy})`
const isRoot = process.getuid?.() === 0

/** What the scenes saw, run by `entering-process.ts` as this user or as another. */
function sceneOf(
  node: string,
  before: readonly string[] = [],
  options: { cwd?: string; home?: string } = {},
) {
  const { cwd, home = process.env["HOME"] } = options
  const [program, ...args] = [...before, node, entering, node, scenes]
  const env = { PATH: process.env["PATH"], HOME: home, TMPDIR: home }
  const { stdout, stderr, status } = spawnSync(program as string, args, { encoding: "utf8", env, cwd })
  assert.equal(status, 0, stderr)
  return JSON.parse(stdout)
}

function assertScenes(seen: Record<string, unknown>, uid: number): void {
  const cut = { during: ["silence", "hangs"], after: ["lost?", "connected"] }
  assert.deepEqual(seen, {
    uid,
    up: cut,
    down: cut,
    both: cut,
    reset: { during: ["ECONNRESET", "ECONNREFUSED"], after: ["connected"] },
    loss: { echoed: 30 },
  })
}

test("packets are lost, refused and dropped by chance in a network of its own, and come again", {
  skip,
}, () => {
  assertScenes(sceneOf(process.execPath), process.getuid!())
})

test("the same for an ordinary user, who stays who he is", { skip }, t => {
  const nobody = asNobody(t)
  if (nobody === undefined) return
  const { node, home, before } = nobody
  const asked = spawnSync(before[0]!, [...before.slice(1), node, entering], {
    encoding: "utf8",
    cwd: home,
    env: { PATH: "/usr/bin:/bin" },
  })
  const found = JSON.parse(asked.stdout)
  if (!found.possible) return t.skip(found.why)
  assertScenes(sceneOf(node, before, { cwd: home, home }), 65534)
})

test("outside of one, no rule is ever set", async () => {
  assert.equal(isInOwnNetwork(), false)
  assert.equal(packetFilter(), undefined)
  const fault = packetCutFault({ subject: "client-edge", port: 1, ways: "both" })
  await assert.rejects(fault.strike(), { code: "BN3020", message: /not in a network of its own/ })
  await fault.heal()
})

test("neither a namespace of somebody else's nor a network with a way out counts as one", { skip }, t => {
  const look = `console.log((await import(${JSON.stringify(import.meta.resolve("./own-network.ts"))})).isInOwnNetwork())`
  const answer = (prefix: readonly string[], outer: string) => {
    const [program, ...args] = [...prefix, process.execPath, "--input-type=module", "-e", look]
    const env = { ...process.env, BANYAN_OUTER_NETWORK: outer }
    return spawnSync(program as string, args, { encoding: "utf8", env }).stdout.trim()
  }
  assert.ok(network.possible)
  assert.equal(answer(network.prefix, ""), "false")
  assert.equal(answer(network.prefix, "net:[1]"), "true")
  if (!Object.keys(networkInterfaces()).some(name => name !== "lo"))
    return t.diagnostic("this machine itself has no way out: the last case is not tried")
  assert.equal(answer([], "net:[1]"), "false")
})

test("signals are passed on once, the exit code comes back, and nothing of the network is left", {
  skip,
}, async t => {
  const script = `
    let count = 0
    process.on("SIGTERM", () => { count++; console.log("term " + count) })
    process.on("SIGINT", () => process.exit(count + 6))
    console.log(require("node:fs").readlinkSync("/proc/self/ns/net"))
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, [entering, process.execPath, "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  })
  t.after(() => child.kill("SIGKILL"))
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  const inside = String((await lines.next()).value)
  assert.ok(networks().has(inside))
  child.kill("SIGTERM")
  assert.equal((await lines.next()).value, "term 1")
  child.kill("SIGTERM")
  child.kill("SIGINT")
  const [code] = await once(child, "exit")
  assert.equal(code, 7)
  assert.equal(networks().has(inside), false)
})

test("rules name the port as the way has it", () => {
  const does = ["-j", "DROP"]
  const rule = (end: string) => ["INPUT", "-p", "tcp", end, "8080", ...does]
  assert.deepEqual(rulesOf({ port: 8080, ways: "up" }, does), [rule("--dport")])
  assert.deepEqual(rulesOf({ port: 8080, ways: "down" }, does), [rule("--sport")])
  assert.deepEqual(rulesOf({ port: 8080, ways: "both" }, does), [rule("--dport"), rule("--sport")])
})

/** Networks that some process is in. */
function networks(): Set<string> {
  const listed = spawnSync("sh", ["-c", "readlink /proc/[0-9]*/ns/net"], { encoding: "utf8" }).stdout
  return new Set(listed.split("\n"))
}

/** Words that run a program as an ordinary user, and a Node and this folder where such a one can read them. */
function asNobody(t: TestContext) {
  if (!isRoot) return t.skip("only root can become another user")
  const before = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
  if (spawnSync(before[0]!, [...before.slice(1), "test", "-r", scenes]).status !== 0) {
    return t.skip("this checkout is not readable for other users")
  }
  const home = mkdtempSync(join(tmpdir(), "banyan-ordinary-"))
  t.after(() => rmSync(home, { recursive: true, force: true }))
  chownSync(home, 65534, 65534)
  const node = join(home, "node")
  cpSync(process.execPath, node)
  return { node, home, before }
}
