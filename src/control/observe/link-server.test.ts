import assert from "node:assert/strict"
import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import { createConnection } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type TestContext, test } from "node:test"
import { encodeMessage } from "../../wire/messages.ts"
import { LinkServer } from "./link-server.ts"

function scratchPath(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "links-"))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, "control.sock")
}

/** A listening server, and each id that says hello to it. */
async function listening(t: TestContext, path: string) {
  const hellos: string[] = []
  let heard = Promise.withResolvers<void>()
  const server = new LinkServer(path, {
    verify: async () => true,
    onHello: hello => {
      hellos.push(hello.id)
      heard.resolve()
      heard = Promise.withResolvers<void>()
    },
    onReport: () => {},
    onTraces: () => {},
    onEnd: () => {},
    map: () => undefined,
    log: { warn() {} },
  })
  t.after(() => server.close())
  await server.listen()
  return { server, hellos, nextHello: () => heard.promise }
}

async function link(t: TestContext, path: string, id: string) {
  const socket = createConnection({ path })
  t.after(() => socket.destroy())
  await once(socket, "connect")
  socket.write(
    encodeMessage({ type: "hello", wire: 1, id, token: "secret", pid: 1, epoch: { term: 0, counter: 0 } }),
  )
  return socket
}

test("a place taken by one that failed is taken back, and who was linked stays linked", async t => {
  const path = scratchPath(t)
  const first = await listening(t, path)
  const before = first.nextHello()
  const old = await link(t, path, "web-1")
  await before

  const rival = await listening(t, path)
  await rival.server.close()
  await assert.rejects(link(t, path, "web-2"), { code: "ECONNREFUSED" })

  await first.server.listen()
  const after = first.nextHello()
  await link(t, path, "web-2")
  await after
  assert.deepEqual(first.hellos, ["web-1", "web-2"])
  assert.equal(old.destroyed, false)
})

test("listening again changes nothing while the place is kept", async t => {
  const path = scratchPath(t)
  const { server, nextHello, hellos } = await listening(t, path)
  await server.listen()
  await server.listen()
  const heard = nextHello()
  await link(t, path, "web-1")
  await heard
  assert.deepEqual(hellos, ["web-1"])
})
