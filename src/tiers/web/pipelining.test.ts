import assert from "node:assert/strict"
import { test } from "node:test"
import { setImmediate as turn } from "node:timers/promises"
import fc from "fast-check"
import { createResponseParser, type ResponseHead } from "../../http1/index.ts"
import { RawClient, serveApp } from "./fixtures/serve-app.ts"

const body = fc.string({ unit: "binary", maxLength: 40 }).map(text => Buffer.from(text))
const message = fc.record({
  method: fc.constantFrom("GET", "HEAD", "POST", "PUT"),
  body: fc.option(body, { nil: undefined }),
  chunked: fc.boolean(),
  /** How the app takes the body, and whether it answers in the same turn. */
  path: fc.constantFrom("text", "stream", "unread", "at-once", "empty"),
})
type Message = typeof message extends fc.Arbitrary<infer Value> ? Value : never

test("requests of every kind, cut anywhere, are answered in their order, each by its own", async t => {
  const { port } = await serveApp(t, answer)
  const cuts = fc.array(fc.nat({ max: 2000 }), { maxLength: 8 })
  await fc.assert(
    fc.asyncProperty(fc.array(message, { minLength: 1, maxLength: 6 }), cuts, async (messages, cuts) => {
      const client = new RawClient(t, port)
      const bytes = Buffer.concat(messages.map((each, at) => encode(each, at === messages.length - 1)))
      let from = 0
      for (const cut of [...cuts.map(at => at % bytes.length), bytes.length].sort((a, b) => a - b)) {
        client.socket.write(bytes.subarray(from, cut))
        from = cut
        await turn()
      }
      assert.deepEqual(answersIn(await client.end(), messages), messages.map(expected))
    }),
    { numRuns: 100 },
  )
})

test("who sends ahead without reading is not served ahead without end", async t => {
  let served = 0
  const text = "x".repeat(60_000)
  const { port } = await serveApp(t, () => {
    served++
    return new Response(text)
  })
  const client = new RawClient(t, port)
  client.socket.pause()
  const total = 2000
  client.socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(total))
  for (let last = -1; last !== served || served === 0; ) {
    last = served
    await new Promise(resolve => setTimeout(resolve, 150))
  }
  assert.ok(served < total / 2, `${served} answers were made for a client that takes none`)
  client.socket.resume()
  client.socket.write("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
  const received = await client.end()
  assert.equal(served, total + 1)
  assert.equal(received.split("HTTP/1.1 200").length - 1, total + 1)
})

function answer(request: Request): Response | Promise<Response> {
  const path = new URL(request.url).pathname
  return path === "/at-once" ? new Response("at once") : answerLater(request, path)
}

async function answerLater(request: Request, path: string): Promise<Response> {
  if (path === "/empty") return new Response(null, { status: 204 })
  if (path === "/unread") return new Response("unread")
  if (path === "/stream") {
    const pieces = []
    for await (const piece of request.body ?? []) pieces.push(piece)
    return new Response(`stream ${Buffer.concat(pieces).toString("hex")}`)
  }
  return new Response(`text ${Buffer.from(await request.bytes()).toString("hex")}`)
}

function hasBody({ method }: Message): boolean {
  return method !== "GET" && method !== "HEAD"
}

function expected(each: Message): object {
  const hex = hasBody(each) ? (each.body?.toString("hex") ?? "") : ""
  if (each.path === "empty") return { status: 204, body: "" }
  const bodies = {
    unread: "unread",
    stream: `stream ${hex}`,
    text: `text ${hex}`,
    "at-once": "at once",
  }
  return { status: 200, body: each.method === "HEAD" ? "" : bodies[each.path as keyof typeof bodies] }
}

function encode({ method, body, chunked, path }: Message, last: boolean): Buffer {
  const lines = [`${method} /${path} HTTP/1.1`, "Host: a", ...(last ? ["Connection: close"] : [])]
  if (body === undefined) return Buffer.from([...lines, "", ""].join("\r\n"))
  if (!chunked) {
    const head = Buffer.from([...lines, `Content-Length: ${body.length}`, "", ""].join("\r\n"))
    return Buffer.concat([head, body])
  }
  const head = [...lines, "Transfer-Encoding: chunked", "", ""].join("\r\n")
  const chunk = body.length === 0 ? "" : `${body.length.toString(16)}\r\n${body.toString("latin1")}\r\n`
  return Buffer.from(`${head}${chunk}0\r\n\r\n`, "latin1")
}

function answersIn(received: string, messages: readonly Message[]): object[] {
  const answers: { status: number; body: string }[] = []
  const parser = createResponseParser({
    head: ({ status }: ResponseHead) => answers.push({ status, body: "" }),
    body: chunk => {
      answers.at(-1)!.body += Buffer.from(chunk).toString("latin1")
    },
    trailers() {},
    end() {},
  })
  let rest = Buffer.from(received, "latin1")
  for (const { method } of messages) {
    parser.expect(method)
    rest = rest.subarray(parser.push(rest))
  }
  assert.equal(rest.length, 0)
  return answers
}
