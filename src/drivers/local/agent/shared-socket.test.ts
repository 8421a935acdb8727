import assert from "node:assert/strict"
import { once } from "node:events"
import { type AddressInfo, connect, createServer } from "node:net"
import { type TestContext, test } from "node:test"
import { isBanyanError } from "../../../kit/errors.ts"
import { bindSocket } from "./shared-socket.ts"

async function listening(t: TestContext, host: string): Promise<number> {
  const server = createServer().listen(0, host)
  t.after(() => server.close())
  await once(server, "listening")
  return (server.address() as AddressInfo).port
}

async function bound(t: TestContext, host: string, port: number) {
  const socket = await bindSocket(host, port)
  t.after(() => socket.close())
  return socket
}

function refusal(code: string, words: RegExp) {
  return (error: unknown) => isBanyanError(error) && error.code === code && words.test(error.message)
}

test("port 0 takes a free port and says which; nobody listens on it yet", async t => {
  const socket = await bound(t, "127.0.0.1", 0)
  assert.equal(socket.host, "127.0.0.1")
  assert.ok(socket.port > 0 && socket.fd > 2)
  const client = connect(socket.port, "127.0.0.1")
  const [error] = await once(client, "error")
  assert.equal(error.code, "ECONNREFUSED")
})

test("a port someone listens on is busy, and who listens is named", async t => {
  const port = await listening(t, "127.0.0.1")
  const words =
    process.platform === "linux" ? new RegExp(`${port}.*pid ${process.pid}`) : new RegExp(`${port}`)
  await assert.rejects(bindSocket("127.0.0.1", port), refusal("BN1402", words))
  await assert.rejects(bindSocket("0.0.0.0", port), refusal("BN1402", words))
})

test("a port someone listens on at every address is busy on each", async t => {
  const port = await listening(t, "0.0.0.0")
  await assert.rejects(bindSocket("127.0.0.1", port), refusal("BN1402", /in use/))
})

test("a port another agent has bound, but nobody listens on yet, is busy", async t => {
  const first = await bound(t, "127.0.0.1", 0)
  await assert.rejects(bindSocket("127.0.0.1", first.port), refusal("BN1402", /in use/))
  first.close()
  assert.equal((await bound(t, "127.0.0.1", first.port)).port, first.port)
})

test("localhost is the loopback address; other names and foreign addresses are refused in words", async t => {
  assert.equal((await bound(t, "localhost", 0)).host, "127.0.0.1")
  await assert.rejects(bindSocket("example.org", 0), refusal("BN1403", /no IP address/))
  await assert.rejects(bindSocket("192.0.2.1", 0), refusal("BN1403", /EADDRNOTAVAIL/))
})
