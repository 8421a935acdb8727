import assert from "node:assert/strict"
import { once } from "node:events"
import { chmodSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { connect, createServer, type Socket } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type TestContext, test } from "node:test"
import { LinkServer } from "../../control/observe/link-server.ts"
import { InterposedSocket } from "./interposed-socket.ts"
import { endProcess, hammerProcess, serverProcess } from "./testing/socket-processes.ts"
import { cutFault } from "./toxic-proxy/toxic-faults.ts"

function freshFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "banyan-interposed-"))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

async function interpose(t: TestContext, path: string): Promise<InterposedSocket> {
  const interposed = await InterposedSocket.at(path, 1)
  t.after(() => interposed.close())
  return interposed
}

async function until(ready: () => boolean): Promise<void> {
  while (!ready()) await new Promise(resolve => setTimeout(resolve, 1))
}

/** Asks whoever listens at the path for its pid. */
async function ask(t: TestContext, path: string): Promise<{ socket: Socket; answer: Promise<number> }> {
  const socket = connect(path)
  t.after(() => socket.destroy())
  await once(socket, "connect")
  socket.write("?")
  return { socket, answer: once(socket, "data").then(([bytes]) => Number.parseInt(String(bytes), 10)) }
}

test("two processes are cut apart and joined, and neither knows; the socket is the old one in the end", async t => {
  const path = join(freshFolder(t), "web-1.sock")
  const server = await serverProcess(t, path)
  chmodSync(path, 0o640)
  const { ino, mode } = lstatSync(path)
  const before = await ask(t, path)
  await before.answer
  const interposed = await interpose(t, path)
  assert.equal(interposed.isInPlace, true)
  assert.equal(lstatSync(path).mode, mode)
  const cut = cutFault(interposed.proxy, "both", "edge-web")
  await cut.strike()
  const { answer } = await ask(t, path)
  // Who was connected before is not on the proxy.
  before.socket.write("?")
  await once(before.socket, "data")
  await cut.heal()
  assert.equal(await answer, server.child.pid)
  await interposed.restore()
  assert.equal(interposed.isInPlace, false)
  assert.equal(lstatSync(path).ino, ino)
  const after = await ask(t, path)
  assert.equal(await after.answer, server.child.pid)
  await interposed.close()
  assert.deepEqual(readdirSync(join(path, "..")), ["web-1.sock"])
})

test("there is no moment at which nobody listens", async t => {
  const path = join(freshFolder(t), "web-1.sock")
  await serverProcess(t, path)
  const hammer = await hammerProcess(t, path)
  for (let round = 0; round < 40; round++) {
    const interposed = await interpose(t, path)
    await until(() => interposed.proxy.connections > 0)
    await interposed.restore()
    await until(() => interposed.proxy.connections === 0)
    await interposed.close()
  }
  hammer.child.kill("SIGTERM")
  const { ok, ...failed } = JSON.parse(await hammer.nextLine())
  assert.ok(ok > 80, `${ok} connections`)
  assert.deepEqual(failed, {})
})

test("a server that dies finds its own dead socket when it starts again, and the new one is interposed", async t => {
  const path = join(freshFolder(t), "web-1.sock")
  const first = await serverProcess(t, path)
  const interposed = await interpose(t, path)
  const { socket, answer } = await ask(t, path)
  await answer
  const hungUp = once(socket, "close")
  await endProcess(first, "SIGKILL")
  await hungUp
  await until(() => !interposed.isInPlace)
  await assert.rejects(ask(t, path), { code: "ECONNREFUSED" })
  const second = await serverProcess(t, path)
  await until(() => interposed.isInPlace)
  assert.equal(await (await ask(t, path)).answer, second.child.pid)
  assert.equal(interposed.proxy.connections, 1)
  // An orderly end takes the name with it, whoever has it.
  await interposed.close()
  await endProcess(second, "SIGTERM")
  assert.deepEqual(readdirSync(join(path, "..")), [])
})

test("a control plane that takes its place again is followed", async t => {
  const path = join(freshFolder(t), "control.sock")
  const links = new LinkServer(path, {
    verify: async () => true,
    onHello() {},
    onReport() {},
    onTraces() {},
    onEnd() {},
    map: () => undefined,
    log: { warn() {} },
  })
  t.after(() => links.close())
  await links.listen()
  const interposed = await interpose(t, path)
  for (let round = 0; round < 3; round++) {
    await links.listen()
    assert.equal(interposed.isInPlace, false)
    await until(() => interposed.isInPlace)
    const client = connect(path)
    await until(() => interposed.proxy.connections === 1)
    client.destroy()
    await until(() => interposed.proxy.connections === 0)
  }
})

test("a newer socket at the path is never clobbered", async t => {
  const path = join(freshFolder(t), "agent.sock")
  const old = createServer().listen(path)
  await once(old, "listening")
  t.after(() => old.close())
  const interposed = await interpose(t, path)
  rmSync(path)
  const newer = createServer().listen(path)
  t.after(() => newer.close())
  // Bound at once, and not seen yet.
  const { ino } = lstatSync(path)
  await interposed.restore()
  assert.equal(lstatSync(path).ino, ino)
})

test("a socket in a folder too deep for a socket's path is reached", {
  skip: process.platform !== "linux" && "only Linux names files by a folder's descriptor",
}, async t => {
  const folder = join(freshFolder(t), "d".repeat(120))
  mkdirSync(folder)
  const server = await serverProcess(t, "web-1.sock", folder)
  const interposed = await interpose(t, join(folder, "web-1.sock"))
  const place = interposed.proxy.address
  assert.ok("path" in place)
  assert.equal(await (await ask(t, place.path)).answer, server.child.pid)
})

test("where no socket is, or it is interposed already, is told", async t => {
  const folder = freshFolder(t)
  const path = join(folder, "s.sock")
  const refused = (message: RegExp) =>
    assert.rejects(InterposedSocket.at(path, 1), { code: "BN3020", message })
  await refused(/ENOENT/)
  writeFileSync(path, "")
  await refused(/it is no socket/)
  rmSync(path)
  await serverProcess(t, path)
  await interpose(t, path)
  await refused(/interposed already/)
})
