import assert from "node:assert/strict"
import { once } from "node:events"
import { connect } from "node:net"
import { test } from "node:test"
import { mapWith, RawClient, serveApp, untilReport } from "./fixtures/serve-app.ts"

const get = ["GET / HTTP/1.1", "Host: a", "", ""]

/** An app whose answers wait until they are let go. */
function gated() {
  let open = () => {}
  const gate = new Promise<void>(resolve => {
    open = resolve
  })
  return { open: () => open(), fetch: () => gate.then(() => new Response("done")) }
}

function events(first: string) {
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined
  const stream = { cancelled: false, send: (text: string) => controller?.enqueue(Buffer.from(text)) }
  const fetch = () =>
    new Response(
      new ReadableStream({
        start: given => {
          controller = given
          if (first !== "") controller.enqueue(Buffer.from(first))
        },
        cancel: () => {
          stream.cancelled = true
        },
      }),
      { headers: { "content-type": "text/event-stream" } },
    )
  return { fetch, stream }
}

test("an event stream's head is there before its first event", async t => {
  const { fetch, stream } = events("")
  const { port } = await serveApp(t, fetch)
  const client = new RawClient(t, port).send(...get)
  await client.until(/200 OK.*text\/event-stream.*\r\n\r\n$/s)
  stream.send("data: 1\n\n")
  await client.until(/data: 1\n\n/)
})

test("while draining, requests are answered with Connection: close, and what has begun is finished", async t => {
  const app = gated()
  const { port, web } = await serveApp(t, app.fetch)
  const changes: string[] = []
  web.onChange(() => changes.push(web.report().state))
  web.apply(mapWith("active"))
  const busy = new RawClient(t, port).send(...get)
  const idle = new RawClient(t, port)
  await once(idle.socket, "connect")
  await untilReport(web, report => report.outstanding === 1)
  web.apply(mapWith("draining", 10))
  await new Promise(resolve => setTimeout(resolve, 50))
  assert.equal(web.report().state, "draining")
  assert.equal((await fetch(`http://127.0.0.1:${port}/.banyan/health`)).status, 200)
  app.open()
  for (const answer of await Promise.all([busy.end(), idle.send(...get).end()])) {
    assert.match(answer, /^HTTP\/1.1 200 .*connection: close.*done$/s)
  }
  await untilReport(web, report => report.state === "drained")
  assert.equal(changes[0], "draining")
  assert.equal(changes.at(-1), "drained")
})

test("a map from before is ignored; left out means draining only after having been in; active takes it back", async t => {
  const { port, web } = await serveApp(t, () => new Response("ok"))
  const old = mapWith("draining")
  web.apply(mapWith("gone"))
  assert.equal(web.report().state, "serving")
  web.apply(mapWith("active"))
  web.apply(old)
  assert.equal(web.report().state, "serving")
  web.apply(mapWith("gone"))
  assert.equal(web.report().state, "drained")
  web.apply(mapWith("active"))
  assert.equal(web.report().state, "serving")
  const client = new RawClient(t, port).send(...get)
  await client.until(/connection: keep-alive.*ok$/s)
})

test("at the deadline an event stream ends whole, with a hint when to come back", async t => {
  for (const [sent, ending] of [
    ["data: 1\n\n", "data: 1\n\nretry: 1000\n\n"],
    ["data: 1\n\ndata: ha", "data: 1\n\ndata: ha\nretry: 1000\n"],
    ["", "retry: 1000\n\n"],
  ] as const) {
    const { fetch: app, stream } = events(sent)
    const { web, url } = await serveApp(t, app)
    web.apply(mapWith("active"))
    const response = await fetch(url)
    web.apply(mapWith("draining", 20))
    assert.equal(await response.text(), ending)
    assert.ok(stream.cancelled)
    await untilReport(web, report => report.state === "drained")
    assert.equal(web.report().errors, 0)
  }
})

test("a client that takes nothing does not hold the instance up beyond the deadline", async t => {
  const { fetch, stream } = events("data: 1\n\n")
  const { port, web } = await serveApp(t, fetch)
  const socket = connect(port, "127.0.0.1")
  t.after(() => socket.destroy())
  socket.on("error", () => {})
  socket.pause()
  socket.write(get.join("\r\n"))
  await untilReport(web, report => report.outstanding === 1)
  for (let n = 0; n < 100; n++) stream.send(`data: ${"x".repeat(200_000)}\n\n`)
  web.apply(mapWith("active"))
  web.apply(mapWith("draining", 20))
  await untilReport(web, report => report.state === "drained")
})

test("stop: nothing new is accepted, what has begun is finished, then idle connections close", async t => {
  const app = gated()
  const { port, web, errors } = await serveApp(t, app.fetch)
  const idle = new RawClient(t, port)
  await once(idle.socket, "connect")
  const busy = new RawClient(t, port).send(...get)
  await untilReport(web, report => report.outstanding === 1)
  let stopped = false
  const stopping = web.stop(60_000).then(() => {
    stopped = true
  })
  const refused = connect(port, "127.0.0.1")
  await assert.rejects(once(refused, "connect"), { code: "ECONNREFUSED" })
  idle.send("GET /.banyan/health HTTP/1.1", "Host: a", "", "")
  assert.match(await idle.end(), /^HTTP\/1.1 503 .*connection: close/s)
  assert.equal(stopped, false)
  app.open()
  assert.match(await busy.end(), /200 OK.*connection: close.*done$/s)
  await stopping
  assert.deepEqual(errors, [])
})

test("stop: an idle connection of a front door is its own to end, and a request on it is answered", async t => {
  const { port, web, errors } = await serveApp(t, () => new Response("done"))
  web.apply(mapWith("active"))
  const idle = new RawClient(t, port).send(...get)
  await idle.until(/done$/)
  let isStopped = false
  const stopping = web.stop(60_000).then(() => {
    isStopped = true
  })
  await new Promise(resolve => setTimeout(resolve, 100))
  assert.equal(isStopped, false)
  idle.send(...get)
  assert.match(await idle.end(), /200 OK.*200 OK.*connection: close.*done$/s)
  await stopping
  assert.deepEqual(errors, [])
})

test("stop: an idle connection that nobody lets go is closed after a while", async t => {
  const { port, web } = await serveApp(t, () => new Response("done"))
  web.apply(mapWith("active"))
  const idle = new RawClient(t, port).send(...get)
  await idle.until(/done$/)
  await web.stop(10)
  assert.match(await idle.end(), /done$/)
})

test("stop: what is not done behind the deadline is cut, and told", async t => {
  const { port, web, errors } = await serveApp(t, () => new Promise(() => {}))
  const client = new RawClient(t, port).send(...get)
  await untilReport(web, report => report.outstanding === 1)
  await web.stop(10)
  assert.equal(await client.end(), "")
  assert.deepEqual(errors[0]?.details, { outstanding: 1 })
})
