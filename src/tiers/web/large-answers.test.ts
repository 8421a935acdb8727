import assert from "node:assert/strict"
import { once } from "node:events"
import { connect } from "node:net"
import { type TestContext, test } from "node:test"
import { eachResponse } from "./fixtures/each-response.ts"
import { mapWith, serveApp, untilReport } from "./fixtures/serve-app.ts"

/** More than the kernel keeps for a connection nobody reads from. */
const largeBytes = 32 * 1024 * 1024
/** Idle connections are closed after this, and every connection is looked at four times in it. */
const keepAliveMs = 100

/** A client that asks, and takes nothing of the answer until `readAll`. */
async function slowReader(t: TestContext, port: number) {
  const socket = connect(port, "127.0.0.1")
  t.after(() => socket.destroy())
  socket.on("error", () => {})
  await once(socket, "connect")
  socket.pause()
  socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
  return {
    /** No more will be asked. */
    halfClose: () => socket.end(),
    async readAll(): Promise<number> {
      let bytes = 0
      socket.on("data", chunk => {
        bytes += chunk.length
        if (bytes >= largeBytes) socket.end()
      })
      socket.resume()
      await once(socket, "close")
      return bytes
    },
  }
}

eachResponse("a large answer is outstanding until its slow reader has it", async (t, { Response }) => {
  const { web, port } = await serveApp(t, () => new Response(new Uint8Array(largeBytes)), { keepAliveMs })
  const client = await slowReader(t, port)
  await untilReport(web, report => report.requests === 1)
  web.apply(mapWith("active"))
  web.apply(mapWith("draining", 1))
  // Longer than an idle connection lives, and one that was told to close.
  await new Promise(resolve => setTimeout(resolve, 2500))
  assert.deepEqual([web.report().state, web.report().outstanding], ["draining", 1])
  assert.ok((await client.readAll()) > largeBytes)
  await untilReport(web, report => report.state === "drained")
})

test("a client that asks no more still gets what was written", async t => {
  const { web, port } = await serveApp(t, () => new Response("x".repeat(largeBytes)))
  const client = await slowReader(t, port)
  await untilReport(web, report => report.requests === 1)
  client.halfClose()
  assert.ok((await client.readAll()) > largeBytes)
})
