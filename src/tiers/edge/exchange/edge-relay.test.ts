import assert from "node:assert/strict"
import { test } from "node:test"
import { fieldValues } from "../../../http1/index.ts"
import { startBackend, startEdge, startRawBackend, until } from "../testing/edge-fixture.ts"
import { connect, request } from "../testing/http2-client.ts"
import { RawClient } from "../testing/raw-client.ts"

test("a request and its answer pass, with ids and forwarded fields made here", async t => {
  const seen: Array<Record<string, unknown>> = []
  const backend = await startBackend(t, (request, response) => {
    seen.push({ ...request.headers, url: request.url })
    response.setHeader("x-own", "1")
    response.end("hello")
  })
  const { port, log } = await startEdge(t, [backend])
  const client = new RawClient(port, t)
  const answer = await client.get(
    "/a?b=c",
    [
      "X-Forwarded-For: 6.6.6.6",
      "x_forwarded_proto: https",
      "Forwarded: for=6.6.6.6",
      "X-Real-IP: 6.6.6.6",
      "X-Banyan-User: root",
      "X-Request-Id: mine",
      "Connection: keep-alive, X-Hop",
      "X-Hop: dropped",
      "Cookie: a=b",
      "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
      "",
    ].join("\r\n"),
  )
  assert.equal(answer.status, 200)
  assert.equal(answer.body.toString(), "hello")
  assert.equal(answer.header("x-own"), "1")
  assert.equal(answer.header("connection"), undefined)
  const [got] = seen
  assert.equal(got!["url"], "/a?b=c")
  assert.equal(got!["host"], "cafe.test")
  assert.equal(got!["x-forwarded-for"], "127.0.0.1")
  assert.equal(got!["x-forwarded-proto"], "http")
  assert.equal(got!["x_forwarded_proto"], undefined)
  assert.equal(got!["x-forwarded-host"], "cafe.test")
  assert.equal(got!["forwarded"], 'for=127.0.0.1;host="cafe.test";proto=http')
  assert.equal(got!["x-real-ip"], undefined)
  assert.equal(got!["x-banyan-user"], undefined)
  assert.equal(got!["x-hop"], undefined)
  assert.equal(got!["cookie"], "a=b")
  assert.notEqual(got!["x-request-id"], "mine")
  assert.equal(got!["x-request-id"], answer.header("x-request-id"))
  assert.match(
    String(got!["traceparent"]),
    /^00-0af7651916cd43dd8448eb211c80319c-(?!b7ad6b7169203331)[0-9a-f]{16}-01$/,
  )
  const entry = log.at(-1)!
  assert.deepEqual(
    [
      entry.status,
      entry.http,
      entry.method,
      entry.target,
      entry.bytesOut,
      entry.backend,
      entry.retries,
      entry.error,
    ],
    [200, "1.1", "GET", "/a?b=c", 5, backend.id, 0, undefined],
  )
})

test("connections are kept alive on both sides", async t => {
  const sockets = new Set<unknown>()
  const backend = await startBackend(t, (request, response) => {
    sockets.add(request.socket)
    response.end("x".repeat(2048))
  })
  const { port } = await startEdge(t, [backend])
  const client = new RawClient(port, t)
  for (let count = 0; count < 50; count++) assert.equal((await client.get("/")).body.length, 2048)
  assert.equal(sockets.size, 1)
  assert.equal(client.ended, false)
})

test("pipelined requests are answered one after the other, in order", async t => {
  const backend = await startBackend(t, (request, response) => {
    setImmediate(() => response.end(request.url))
  })
  const { port } = await startEdge(t, [backend])
  const client = new RawClient(port, t)
  let text = ""
  for (let count = 0; count < 20; count++) text += `GET /${count} HTTP/1.1\r\nHost: a\r\n\r\n`
  client.send(text)
  for (let count = 0; count < 20; count++) {
    assert.equal((await client.answer()).body.toString(), `/${count}`)
  }
})

test("bodies of either framing go in, and answers of every framing come out", async t => {
  const backend = await startBackend(t, (request, response) => {
    const pieces: Buffer[] = []
    request.on("data", piece => pieces.push(piece))
    request.on("end", () => {
      const body = Buffer.concat(pieces)
      const framing = request.headers["transfer-encoding"] ?? `length ${request.headers["content-length"]}`
      if (request.url === "/length") response.setHeader("content-length", body.length)
      if (request.url === "/close") response.shouldKeepAlive = false
      response.setHeader("x-framing", framing)
      response.write(body)
      response.end()
    })
  })
  const { port } = await startEdge(t, [backend])
  const client = new RawClient(port, t)
  for (const target of ["/length", "/chunked", "/close"]) {
    client.send(`POST ${target} HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello`)
    const plain = await client.answer("POST")
    assert.equal(plain.body.toString(), "hello")
    assert.equal(plain.header("x-framing"), "length 5")
    client.send(
      `POST ${target} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n`,
    )
    const chunked = await client.answer("POST")
    assert.equal(chunked.body.toString(), "hello")
    assert.equal(chunked.header("x-framing"), "chunked")
  }
})

test("HTTP/1.0 gets no chunks, and keeps its connection when it asks to", async t => {
  const backend = await startBackend(t, (request, response) => {
    if (request.url === "/chunked") response.write("a")
    response.end("b")
  })
  const { port } = await startEdge(t, [backend])
  const kept = new RawClient(port, t)
  kept.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
  const first = await kept.answer()
  assert.equal(first.header("connection"), "keep-alive")
  kept.send("GET /chunked HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
  const second = await kept.answer()
  assert.equal(second.header("transfer-encoding"), undefined)
  assert.equal(second.body.toString(), "ab")
  assert.equal(kept.ended, true)
})

test("an answer that ends with its connection is chunked for HTTP/1.1", async t => {
  const backend = await startRawBackend(t, socket => {
    socket.write("HTTP/1.1 200 OK\r\n\r\nsome ")
    setImmediate(() => socket.end("bytes"))
  })
  const { port } = await startEdge(t, [backend])
  const client = new RawClient(port, t)
  for (let count = 0; count < 3; count++) {
    const answer = await client.get("/")
    assert.equal(answer.header("transfer-encoding"), "chunked")
    assert.equal(answer.body.toString(), "some bytes")
  }
})

test("HEAD, 204 and 304 have no body and do not upset what follows", async t => {
  const backend = await startBackend(t, (request, response) => {
    if (request.url === "/204") response.writeHead(204)
    else if (request.url === "/304") response.writeHead(304, { etag: '"x"' })
    else response.setHeader("content-length", 5)
    response.end(request.url === "/" && request.method !== "HEAD" ? "hello" : undefined)
  })
  const { port } = await startEdge(t, [backend])
  const client = new RawClient(port, t)
  client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n")
  const head = await client.answer("HEAD")
  assert.deepEqual([head.status, head.header("content-length"), head.body.length], [200, "5", 0])
  assert.equal((await client.get("/204")).status, 204)
  assert.equal((await client.get("/304")).header("etag"), '"x"')
  assert.equal((await client.get("/")).body.toString(), "hello")
})

test("an answer without Date gets one, in either HTTP; a backend's own stays, and interim answers need none", async t => {
  const own = "Date: Tue, 15 Nov 1994 08:12:31 GMT\r\n"
  const backend = await startRawBackend(t, (socket, text) => {
    socket.write(
      `HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 404 Not Found\r\n${text.includes("/own") ? own : ""}Content-Length: 0\r\n\r\n`,
    )
  })
  const { port } = await startEdge(t, [backend])
  const client = new RawClient(port, t)
  const session = connect(t, port)
  const beforeMs = Math.floor(Date.now() / 1_000) * 1_000
  const told = [
    (await client.get("/")).fields,
    Object.entries((await request(session, { ":path": "/" })).headers).flat() as string[],
  ]
  for (const fields of told) {
    const dates = fieldValues(fields, "date")
    assert.equal(dates.length, 1)
    assert.match(dates[0]!, /^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/)
    assert.ok(Date.parse(dates[0]!) >= beforeMs && Date.parse(dates[0]!) <= Date.now(), dates[0])
  }
  client.send("GET /own HTTP/1.1\r\nHost: a\r\n\r\n")
  await until(() => client.received.includes("X-Request-Id"))
  assert.equal(client.received.toString().match(/^date:/gim)?.length, 1)
  assert.ok(client.received.includes(own))
  const { headers } = await request(session, { ":path": "/own" })
  assert.equal(headers.date, own.slice("Date: ".length, -2))
})

test("Expect: 100-continue is the backend's to answer, and interim answers pass", async t => {
  const backend = await startBackend(
    t,
    (_, response) => {
      response.writeEarlyHints({ link: "</a.css>; rel=preload" })
      response.end("ok")
    },
    {
      prepare: server =>
        server.on("checkContinue", (request, response) => {
          if (request.url === "/no") {
            response.writeHead(413, { connection: "close" }).end("too much")
            return
          }
          response.writeContinue()
          request.resume().on("end", () => response.end("thanks"))
        }),
    },
  )
  const { port } = await startEdge(t, [backend])
  const client = new RawClient(port, t)
  client.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
  const pending = client.answer("POST")
  client.send("abc")
  const answer = await pending
  assert.deepEqual([answer.interim, answer.status, answer.body.toString()], [[100], 200, "thanks"])
  assert.deepEqual((await client.get("/")).interim, [103])
  client.send("POST /no HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
  const refused = await client.answer("POST")
  assert.deepEqual([refused.status, refused.header("connection")], [413, "close"])
  await client.closed
  assert.equal(client.reset, false)
})

test("trailers pass in both directions", async t => {
  const backend = await startBackend(t, (request, response) => {
    request.resume().on("end", () => {
      response.setHeader("trailer", "x-sum")
      response.write("body")
      response.addTrailers({ "x-sum": `got ${request.trailers["x-in"]}` })
      response.end()
    })
  })
  const { port } = await startEdge(t, [backend])
  const client = new RawClient(port, t)
  client.send(
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-In: 7\r\n\r\n",
  )
  const answer = await client.answer("POST")
  assert.deepEqual(answer.trailers, ["x-sum", "got 7"])
})

test("an early answer is relayed while the body is still coming, and the connection ends without a reset", async t => {
  const backend = await startBackend(t, (_, response) => {
    response.writeHead(403, { connection: "close" }).end("no")
  })
  const { port } = await startEdge(t, [backend])
  const client = new RawClient(port, t)
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n")
  client.send(Buffer.alloc(100_000))
  const answer = await client.answer("POST")
  assert.deepEqual([answer.status, answer.header("connection"), answer.body.toString()], [403, "close", "no"])
  client.send(Buffer.alloc(100_000))
  client.socket.end()
  await client.closed
  assert.equal(client.reset, false)
})
