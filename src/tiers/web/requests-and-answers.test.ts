import assert from "node:assert/strict"
import { once } from "node:events"
import { Agent, request as httpRequest, type IncomingMessage } from "node:http"
import { test } from "node:test"
import { eachResponse } from "./fixtures/each-response.ts"
import { RawClient, serveApp } from "./fixtures/serve-app.ts"

const ok = () => new Response("ok")

eachResponse(
  "a request reaches the app as it was sent, and the answer comes back",
  async (t, { Response }) => {
    const { url } = await serveApp(t, async request => {
      const { pathname, search } = new URL(request.url)
      return Response.json({
        method: request.method,
        path: pathname + search,
        name: request.headers.get("x-name"),
        body: await request.text(),
      })
    })
    const response = await fetch(`${url}/a%20b?c=d`, {
      method: "POST",
      body: "né",
      headers: { "x-name": "v" },
    })
    assert.equal(response.status, 200)
    assert.match(response.headers.get("date") ?? "", /GMT$/)
    assert.deepEqual(await response.json(), { method: "POST", path: "/a%20b?c=d", name: "v", body: "né" })
  },
)

eachResponse("the URL has the scheme the front door tells, and the Host", async (t, { Response }) => {
  const { port } = await serveApp(t, request => new Response(`<${request.url}>`))
  const client = new RawClient(t, port)
  client.send("GET /p HTTP/1.1", "Host: shop.example:81", "X-Forwarded-Proto: https", "", "")
  await client.until(/<https:\/\/shop\.example:81\/p>/)
  client.send("GET http://abs.example/q HTTP/1.1", "Host: abs.example", "", "")
  await client.until(/<http:\/\/abs\.example\/q>/)
  client.send("OPTIONS * HTTP/1.1", "Host: a", "", "")
  await client.until(/<http:\/\/a\/\*>/)
})

eachResponse(
  "what is there at once is sent with its length; what is not, in chunks",
  async (t, { Response }) => {
    const { url } = await serveApp(t, request => {
      const path = new URL(request.url).pathname
      if (path === "/text") return new Response("hello")
      if (path === "/bytes") return new Response(new Uint8Array(70_000))
      if (path === "/empty") return new Response(null)
      if (path === "/no-content") return new Response(null, { status: 204 })
      return new Response(later(["one", "two"]))
    })
    const text = await fetch(`${url}/text`)
    assert.equal(text.headers.get("content-length"), "5")
    assert.equal(await text.text(), "hello")
    assert.equal((await (await fetch(`${url}/bytes`)).arrayBuffer()).byteLength, 70_000)
    assert.equal((await fetch(`${url}/empty`)).headers.get("content-length"), "0")
    const noContent = await fetch(`${url}/no-content`)
    assert.equal(noContent.headers.get("content-length"), null)
    const streamed = await fetch(`${url}/later`)
    assert.equal(streamed.headers.get("transfer-encoding"), "chunked")
    assert.equal(await streamed.text(), "onetwo")
  },
)

eachResponse(
  "HEAD, 204 and 304 have no body, and the next answer is in its place",
  async (t, { Response }) => {
    const { port } = await serveApp(t, request => {
      const status = Number(new URL(request.url).searchParams.get("status") ?? 200)
      const headers = { "content-length": "3", etag: '"e"' }
      return new Response(status === 200 ? "abc" : null, { status, headers })
    })
    const client = new RawClient(t, port)
    client.send("HEAD / HTTP/1.1", "Host: a", "", "")
    client.send("GET /?status=204 HTTP/1.1", "Host: a", "", "")
    client.send("GET /?status=304 HTTP/1.1", "Host: a", "", "")
    client.send("GET /?last HTTP/1.1", "Host: a", "Connection: close", "", "")
    const answers = (await client.end()).split(/(?=HTTP\/1\.1 )/)
    assert.deepEqual(
      answers.map(answer => [answer.slice(9, 12), answer.split("\r\n\r\n")[1]]),
      [
        ["200", ""],
        ["204", ""],
        ["304", ""],
        ["200", "abc"],
      ],
    )
    assert.match(answers[0]!, /content-length: 3/)
    assert.doesNotMatch(answers[1]!, /content-length/)
  },
)

eachResponse("HTTP/1.0 gets no chunks: the connection's end is the body's", async (t, { Response }) => {
  const { port } = await serveApp(t, () => new Response(later(["one", "two"])))
  const client = new RawClient(t, port).send("GET / HTTP/1.0", "", "")
  const [head, body] = (await client.end()).split("\r\n\r\n")
  assert.doesNotMatch(head!, /transfer-encoding/)
  assert.match(head!, /connection: close/)
  assert.equal(body, "onetwo")
})

eachResponse(
  "several Set-Cookie stay apart; hop-by-hop fields of the app are not sent",
  async (t, { Response }) => {
    const { url } = await serveApp(t, () => {
      const headers = new Headers({ "keep-alive": "timeout=9", "transfer-encoding": "gzip", "x-kept": "1" })
      for (let n = 0; n < 30; n++) headers.append("set-cookie", `c${n}=${n}; Path=/, x`)
      return new Response("ok", { headers })
    })
    const response = await fetch(url)
    assert.equal(response.headers.getSetCookie().length, 30)
    assert.equal(response.headers.getSetCookie()[29], "c29=29; Path=/, x")
    assert.equal(response.headers.get("x-kept"), "1")
    assert.equal(response.headers.get("transfer-encoding"), null)
    assert.equal(await response.text(), "ok")
  },
)

eachResponse(
  "pipelined requests are answered in their order, however long each takes",
  async (t, { Response }) => {
    const { port } = await serveApp(t, async request => {
      const n = Number(new URL(request.url).pathname.slice(1))
      if (n % 2 === 0) await new Promise(resolve => setTimeout(resolve, 5))
      return new Response(`<${n}:${await request.text()}>`)
    })
    const client = new RawClient(t, port)
    const requests = Array.from(
      { length: 40 },
      (_, n) => `POST /${n} HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nb${n % 10}`,
    )
    const bytes = requests.join("")
    // In odd pieces, so that heads and bodies are cut anywhere.
    for (let at = 0; at < bytes.length; at += 37) client.socket.write(bytes.slice(at, at + 37))
    await client.until(/<39:b9>/)
    const seen = [...client.received.matchAll(/<(\d+):b(\d)>/g)].map(match => Number(match[1]))
    assert.deepEqual(
      seen,
      Array.from({ length: 40 }, (_, n) => n),
    )
  },
)

test("one connection serves many requests; Connection: close ends it", async t => {
  const { port } = await serveApp(t, ok)
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  t.after(() => agent.destroy())
  const ports = new Set<number | undefined>()
  for (let n = 0; n < 20; n++) {
    const [answer] = (await once(httpRequest({ port, agent }).end(), "response")) as [IncomingMessage]
    ports.add(answer.socket.localPort)
    answer.resume()
    await once(answer, "end")
  }
  assert.equal(ports.size, 1)
  const client = new RawClient(t, port).send("GET / HTTP/1.1", "Host: a", "Connection: close", "", "")
  assert.match(await client.end(), /connection: close/)
})

eachResponse(
  "an app that fails, in whatever way, is a 500 without its reason, and the connection lives on",
  async (t, { Response }) => {
    const failing = failingApps(Response)
    const { port, errors, web } = await serveApp(t, request => {
      const path = new URL(request.url).pathname.slice(1)
      return path === "fine" ? new Response("fine") : (failing[path]!() as Response)
    })
    const client = new RawClient(t, port)
    for (const path of Object.keys(failing)) {
      client.send(`GET /${path} HTTP/1.1`, "Host: a", "X-Request-Id: r-1", "", "")
      await client.until(path === "nothing" ? /500 .*"code":"BN2102"/s : /500 .*"code":"BN2101"/s)
      assert.doesNotMatch(client.received, /secret/)
      client.received = ""
    }
    client.send("GET /fine HTTP/1.1", "Host: a", "", "")
    await client.until(/fine$/)
    const failures = Object.keys(failing).length
    assert.equal(errors.length, failures)
    assert.equal(errors[0]!.details["requestId"], "r-1")
    assert.match(errors[0]!.message, /secret/)
    assert.deepEqual([web.report().errors, web.report().outstanding], [failures, 0])
  },
)

function failingApps(Response: typeof globalThis.Response): Readonly<Record<string, () => unknown>> {
  const fail = () => {
    throw new Error("secret")
  }
  const unreadable = Object.defineProperty({}, "status", { get: fail })
  const inStream = (chunk: unknown) =>
    new Response(ReadableStream.from([chunk]) as unknown as ReadableStream<Uint8Array>)
  return {
    throws: fail,
    rejects: async () => fail(),
    "throws-no-text": () => {
      throw Object.create(null)
    },
    "rejects-no-text": () => Promise.reject(Object.create(null)),
    "breaks-off": () => new Response(new ReadableStream({ pull: c => c.error(new Error("secret")) })),
    "text-in-a-stream": () => inStream("日本"),
    "object-in-a-stream": () => inStream({}),
    used() {
      const used = new Response("x")
      void used.text()
      return used
    },
    control: () => new Response("x", { headers: { "x-a": "a\x01b" } }),
    nothing: () => undefined,
    unreadable: () => unreadable,
    "unreadable-later": async () => unreadable,
    "unreadable-headers": () => Object.defineProperty(new Response("x"), "headers", { get: fail }),
  }
}

test("a response of another copy of the fetch standard is as good", async t => {
  const { Response: Foreign } = await import("undici")
  const { url } = await serveApp(t, () => new Foreign("foreign", { status: 201 }) as unknown as Response)
  const response = await fetch(url)
  assert.equal(response.status, 201)
  assert.equal(await response.text(), "foreign")
})

test("an answer may come by what another library has for a promise", async t => {
  // biome-ignore lint/suspicious/noThenProperty: that is what is tried
  const later = { then: (tell: (response: Response) => void) => tell(new Response("later")) }
  const { url } = await serveApp(t, () => later as unknown as Promise<Response>)
  assert.equal(await (await fetch(url)).text(), "later")
})

test("the health check is answered before the app", async t => {
  const { url, web } = await serveApp(t, () => {
    throw new Error("never asked")
  })
  const response = await fetch(`${url}/.banyan/health`)
  assert.equal(response.status, 200)
  assert.equal(await response.text(), "ok\n")
  assert.equal(web.report().requests, 0)
})

/** A stream whose chunks each take a turn of the event loop. */
function later(texts: readonly string[]): ReadableStream<Uint8Array> {
  const left = [...texts]
  return new ReadableStream({
    async pull(controller) {
      await new Promise(resolve => setTimeout(resolve, 5))
      const text = left.shift()
      if (text === undefined) controller.close()
      else controller.enqueue(Buffer.from(text))
    },
  })
}
