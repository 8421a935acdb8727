import assert from "node:assert/strict"
import { mkdtempSync, rmSync } from "node:fs"
import { createServer, type Server, type Socket } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type TestContext, test } from "node:test"
import { ManualClock } from "../../kit/clock.ts"
import { systemClock } from "../../kit/node/system-clock.ts"
import { seededRandom } from "../../kit/random.ts"
import type { ServiceMap } from "../map.ts"
import { decodeUp, encodeMessage, type UpMessage } from "../messages.ts"
import { onLines } from "./lines.ts"
import { createUplink } from "./uplink.ts"

const map: ServiceMap = {
  wire: 1,
  epoch: { term: 1, counter: 2 },
  stage: "single",
  fronts: [],
  backends: [],
  databases: [],
  settings: { drainTimeoutMs: 1000 },
}
const silent = { info() {}, error() {} }

function listen(t: TestContext, path: string, onLink: (socket: Socket, messages: UpMessage[]) => void) {
  const links = new Set<Socket>()
  const server: Server = createServer(socket => {
    links.add(socket)
    const messages: UpMessage[] = []
    onLines(socket, line => {
      messages.push(decodeUp(line))
      onLink(socket, messages)
    })
  })
  t.after(() => {
    for (const link of links) link.destroy()
    server.close()
  })
  return new Promise<{ server: Server; links: Set<Socket> }>(resolve =>
    server.listen(path, () => resolve({ server, links })),
  )
}

test("who is refused comes back ever later, and at once again after it was believed", async t => {
  const folder = mkdtempSync(join(tmpdir(), "uplink-"))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, "control.sock")
  const clock = new ManualClock()
  let hellos = 0
  let believed = false
  await listen(t, path, (socket, messages) => {
    if (messages.at(-1)?.type !== "hello") return
    hellos++
    if (believed) socket.write(encodeMessage({ type: "map", map }))
    socket.end(believed ? "" : encodeMessage({ type: "refused", reason: "unknown" }))
  })
  let refusals = 0
  const uplink = createUplink({
    socketPath: path,
    hello: () => ({ id: "web-1", token: "secret", pid: process.pid, epoch: { term: 0, counter: 0 } }),
    report: () => ({ id: "web-1", epoch: { term: 0, counter: 0 }, ready: true }),
    traces: () => [],
    onMap: () => {},
    clock,
    // The longest wait each time.
    random: () => 0.9999,
    log: { info() {}, error: () => refusals++ },
  })
  t.after(() => uplink.close())
  const waited = async (count: number) => {
    await t.waitFor(() => assert.ok(hellos === count && clock.nextDueMs() !== undefined), {
      interval: 2,
      timeout: 20_000,
    })
    const waitMs = clock.nextDueMs()! - clock.nowMs()
    clock.advance(waitMs)
    return Math.round(waitMs)
  }
  const waits: number[] = []
  for (let count = 1; count <= 6; count++) waits.push(await waited(count))
  assert.deepEqual(waits, [75, 125, 225, 425, 825, 1025])
  assert.equal(refusals, 6)
  believed = true
  assert.equal(await waited(7), 75)
})

test("a process says hello, reports, gets the map, and finds a control plane that comes back", async t => {
  const folder = mkdtempSync(join(tmpdir(), "uplink-"))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, "control.sock")
  const maps: ServiceMap[] = []
  let gotMap = Promise.withResolvers<void>()
  const uplink = createUplink({
    socketPath: path,
    hello: () => ({ id: "web-1", token: "secret", pid: process.pid, epoch: { term: 0, counter: 0 } }),
    report: () => ({ id: "web-1", epoch: { term: 0, counter: 0 }, ready: true }),
    traces: () => [],
    onMap: received => {
      maps.push(received)
      gotMap.resolve()
    },
    clock: systemClock,
    random: seededRandom(1),
    log: silent,
  })
  t.after(() => uplink.close())

  // No control plane yet: the process lives without one. Then one comes.
  const first = await listen(t, path, (socket, messages) => {
    if (messages.length === 2) {
      assert.deepEqual(
        messages.map(message => message.type),
        ["hello", "report"],
      )
      socket.write("this is no message\n")
      socket.write(encodeMessage({ type: "map", map }))
    }
  })
  await gotMap.promise
  gotMap = Promise.withResolvers()
  for (const link of first.links) link.destroy()
  await new Promise(resolve => first.server.close(resolve))
  rmSync(path, { force: true })

  await listen(t, path, (socket, messages) => {
    if (messages.length === 2) socket.write(encodeMessage({ type: "map", map }))
  })
  await gotMap.promise
  assert.deepEqual(maps, [map, map])
})
