import assert from "node:assert/strict"
import { once } from "node:events"
import { request as httpRequest, type IncomingMessage } from "node:http"
import { test } from "node:test"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { RawClient, serveApp, untilReport } from "./fixtures/serve-app.ts"

const MiB = 1024 * 1024

test("a body is streamed to the app while it comes, and its answer back", async t => {
  const { port } = await serveApp(t, request => new Response(request.body))
  const client = new RawClient(t, port)
  client.send("POST / HTTP/1.1", "Host: a", "Transfer-Encoding: chunked", "", "3", "one", "")
  await client.until(/3\r\none\r\n/)
  client.send("3", "two", "")
  await client.until(/3\r\ntwo\r\n/)
  client.send("0", "", "")
  await client.until(/0\r\n\r\n$/)
  client.received = ""
  client.send("POST / HTTP/1.1", "Host: a", "Content-Length: 4", "", "next")
  await client.until(/\r\n\r\nnext$/)
})

test("an app that reads slowly holds its client up: 50 MiB through a bounded memory", async t => {
  const total = 50 * MiB
  let release = () => {}
  const released = new Promise<void>(resolve => {
    release = resolve
  })
  const { port } = await serveApp(t, async request => {
    const reader = request.body!.getReader()
    let bytes = (await reader.read()).value!.length
    await released
    for (;;) {
      const { done, value } = await reader.read()
      if (done) break
      bytes += value.length
    }
    return new Response(String(bytes))
  })
  const client = httpRequest({ port, method: "POST", headers: { "content-length": total } })
  const answered = once(client, "response") as Promise<[IncomingMessage]>
  const chunk = Buffer.alloc(MiB)
  let sent = 0
  let stalled: (() => void) | undefined
  const pump = () => {
    while (sent < total && client.write(chunk)) sent += chunk.length
    sent += sent < total ? chunk.length : 0
  }
  client.on("drain", () => {
    stalled?.()
    if (sent < total) pump()
    else client.end()
  })
  pump()
  // Until no drain comes for a while: the kernel's buffers are full, and nobody reads.
  for (let quiet = false; !quiet; ) {
    quiet = await new Promise<boolean>(resolve => {
      const timer = setTimeout(() => resolve(true), 300)
      stalled = () => {
        clearTimeout(timer)
        resolve(false)
      }
    })
  }
  assert.ok(sent < total / 2, `the client could send ${sent} bytes to an app that does not read`)
  release()
  const [answer] = await answered
  answer.setEncoding("latin1")
  let text = ""
  for await (const part of answer) text += part
  assert.equal(text, String(total + (sent - total)))
})

test("a client that reads slowly holds the app up; what it got is whole at the end", async t => {
  const chunks = 800
  let produced = 0
  const { port } = await serveApp(t, () => {
    const chunk = new Uint8Array(64 * 1024).fill(7)
    return new Response(
      new ReadableStream({
        pull(controller) {
          if (produced === chunks) controller.close()
          else {
            produced++
            controller.enqueue(chunk)
          }
        },
      }),
    )
  })
  const [answer] = (await once(httpRequest({ port }).end(), "response")) as [IncomingMessage]
  let last = -1
  while (last !== produced) {
    last = produced
    await new Promise(resolve => setTimeout(resolve, 200))
  }
  assert.ok(produced < chunks / 2, `${produced} chunks were made for a client that does not read`)
  let bytes = 0
  for await (const part of answer) bytes += part.length
  assert.equal(bytes, chunks * 64 * 1024)
})

test("100 (Continue) is sent when the app reads the body, and not before", async t => {
  const { port } = await serveApp(t, async request => {
    if (new URL(request.url).pathname === "/unread") return new Response("no", { status: 403 })
    return new Response(await request.text())
  })
  const client = new RawClient(t, port)
  client.send("PUT / HTTP/1.1", "Host: a", "Content-Length: 4", "Expect: 100-continue", "", "")
  await client.until(/^HTTP\/1\.1 100 Continue\r\n\r\n$/)
  client.send("body")
  await client.until(/200 OK.*body$/s)

  const refused = new RawClient(t, port)
  refused.send("PUT /unread HTTP/1.1", "Host: a", "Content-Length: 4", "Expect: 100-continue", "", "")
  const answer = await refused.end()
  assert.doesNotMatch(answer, /100 Continue/)
  assert.match(answer, /^HTTP\/1\.1 403 /)
  assert.match(answer, /connection: close/)
})

test("an answer before the body has come: a little of it is read on, much of it closes the connection", async t => {
  const { port } = await serveApp(t, () => new Response("early"))
  const client = new RawClient(t, port)
  client.send("POST / HTTP/1.1", "Host: a", "Content-Length: 100000", "", "x".repeat(10))
  await client.until(/early$/)
  client.received = ""
  client.send("x".repeat(99_990)).send("GET / HTTP/1.1", "Host: a", "", "")
  await client.until(/early$/)

  const large = new RawClient(t, port)
  large.send("POST / HTTP/1.1", "Host: a", `Content-Length: ${10 * MiB}`, "", "x")
  await large.until(/early$/)
  large.send("x".repeat(9 * MiB))
  await large.end()
})

test("an app that reads on behind its own answer gets an error, and never waits for ever", async t => {
  let tell: (error: unknown) => void = () => {}
  const told = new Promise<unknown>(resolve => {
    tell = resolve
  })
  const { port } = await serveApp(t, request => {
    request.text().then(tell, tell)
    return new Response("early")
  })
  const client = new RawClient(t, port).send("POST / HTTP/1.1", "Host: a", "Content-Length: 9", "", "part")
  await client.until(/early$/)
  assert.match(String(await told), /AbortError: The request was answered/)
  client.received = ""
  client.send("later").send("GET / HTTP/1.1", "Host: a", "", "")
  await client.until(/early$/)
})

test("a body of GET is thrown away; the next request is in its place", async t => {
  const { port } = await serveApp(t, request => new Response(`<${request.url}>`))
  const client = new RawClient(t, port)
  client.send("GET /1 HTTP/1.1", "Host: a", "Content-Length: 3", "", "abcGET /2 HTTP/1.1", "Host: a", "", "")
  await client.until(/<http:\/\/a\/2>/)
})

test("a stream that breaks off cuts the connection: the client never sees a false end", async t => {
  const { port, errors } = await serveApp(t, request => {
    const path = new URL(request.url).pathname
    const headers: Record<string, string> = path === "/short" ? { "content-length": "9" } : {}
    if (path === "/long") headers["content-length"] = "2"
    let pulls = 0
    const body = new ReadableStream({
      async pull(controller) {
        await new Promise(resolve => setTimeout(resolve, 5))
        if (pulls++ === 0) controller.enqueue(Buffer.from("half"))
        else if (path === "/breaks") controller.error(new Error("disk on fire"))
        else if (path === "/words") controller.enqueue("a string" as unknown as Uint8Array)
        else controller.close()
      },
    })
    return new Response(body, { headers })
  })
  for (const path of ["breaks", "short", "long", "words"]) {
    const text = await new RawClient(t, port).send(`GET /${path} HTTP/1.1`, "Host: a", "", "").end()
    assert.doesNotMatch(text, /0\r\n\r\n$/, path)
    assert.equal(errors.at(-1)?.details["code"], "BN2103", path)
    await assert.rejects(
      fetch(`http://127.0.0.1:${port}/${path}`).then(response => response.text()),
      path,
    )
  }
})

test("a client that goes away is told to the app by the signal and by the streams", async t => {
  const seen: string[] = []
  let tell = () => {}
  const note = (what: string) => {
    seen.push(what)
    tell()
  }
  const { port, web, errors } = await serveApp(t, async request => {
    request.signal.addEventListener("abort", () => note("aborted"))
    if (request.method === "POST") {
      await request.text().catch(() => note("body failed"))
      return new Response("nobody reads this")
    }
    return new Response(
      new ReadableStream({
        start: controller => controller.enqueue(Buffer.from("first")),
        cancel: () => note("cancelled"),
      }),
    )
  })
  const until = async (...wanted: string[]) => {
    while (!wanted.every(what => seen.includes(what))) {
      await new Promise<void>(resolve => {
        tell = resolve
      })
    }
    seen.length = 0
  }
  const reading = new RawClient(t, port).send("GET / HTTP/1.1", "Host: a", "", "")
  await reading.until(/first/)
  reading.socket.destroy()
  await until("aborted", "cancelled")
  const sending = new RawClient(t, port).send("POST / HTTP/1.1", "Host: a", "Content-Length: 9", "", "part")
  await untilReport(web, report => report.requests === 2)
  sending.socket.destroy()
  await until("aborted", "body failed")
  await untilReport(web, report => report.outstanding === 0)
  assert.deepEqual(errors, [])
})

test("the signal is heard even by an app that kept nothing else of its request", async t => {
  setFlagsFromString("--expose-gc")
  const collectGarbage = runInNewContext("gc") as () => void
  let heard = () => {}
  const aborted = new Promise<void>(resolve => {
    heard = resolve
  })
  const { port } = await serveApp(t, request => {
    request.signal.addEventListener("abort", heard)
    return new Response(new ReadableStream({ start: controller => controller.enqueue(Buffer.from("first")) }))
  })
  const client = new RawClient(t, port).send("GET / HTTP/1.1", "Host: a", "", "")
  await client.until(/first/)
  for (let n = 0; n < 5; n++) {
    collectGarbage()
    await new Promise(resolve => setTimeout(resolve, 2))
  }
  client.socket.destroy()
  await aborted
})
