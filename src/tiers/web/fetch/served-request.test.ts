import assert from "node:assert/strict"
import { test } from "node:test"
import { setImmediate as turn } from "node:timers/promises"
import fc from "fast-check"
import { createRequestParser, type RequestHead } from "../../../http1/index.ts"
import { observe } from "../fixtures/observe.ts"
import { RequestBody } from "../request-body.ts"
import { requestFromHead } from "../request-from-head.ts"
import { ClientSignal } from "./client-signal.ts"
import { installFetch } from "./install.ts"
import { platform } from "./platform.ts"

installFetch()

type Case = {
  readonly method: string
  readonly fields: readonly (readonly [string, string])[]
  readonly body: string | undefined
  /** The body comes only after the request was handed to the app. */
  readonly late: boolean
}

const fields = fc.uniqueArray(
  fc.tuple(
    fc.constantFrom("accept", "Accept", "COOKIE", "cookie", "x-a", "X-A", "content-type", "set-cookie"),
    fc.constantFrom("a", "b; q=1", "né", "text/plain", "application/x-www-form-urlencoded", ""),
  ),
  { maxLength: 6 },
)
const cases: fc.Arbitrary<Case> = fc.record({
  method: fc.constantFrom("GET", "get", "HEAD", "POST", "Put", "PATCH", "DELETE", "X-OWN"),
  fields,
  body: fc.constantFrom(undefined, "a=b&c=d", "né", "\ufeffbom", '{"a":[1]}', "\xff\xfe", ""),
  late: fc.boolean(),
})

type Use = (request: Request) => unknown

/** What an app does to its request, in any order. */
const uses: Readonly<Record<string, Use>> = {
  method: request => [request.method, request.url, request.mode, request.destination, request.keepalive],
  get: ({ headers }) => [
    headers.get("COOKIE"),
    headers.get("x-a"),
    headers.has("Accept"),
    headers.get("none"),
  ],
  "get what is no name": ({ headers }) => headers.get("no name"),
  list: ({ headers }) => [[...headers], [...headers.keys()], [...headers.values()], headers.getSetCookie()],
  forEach: ({ headers }) => {
    const seen: string[] = []
    headers.forEach((value, name) => {
      seen.push(name, value)
    })
    return seen
  },
  set: ({ headers }) => headers.set("x-a", "changed"),
  append: ({ headers }) => headers.append("x-a", "more"),
  delete: ({ headers }) => headers.delete("accept"),
  copy: ({ headers }) => [...new Headers(headers)],
  text: request => request.text(),
  json: request => request.json(),
  bytes: request => request.bytes(),
  arrayBuffer: request => request.arrayBuffer(),
  formData: async request => [...(await request.formData())],
  blob: async request => (await request.blob()).size,
  used: request => [request.bodyUsed, request.body === null],
  stream: async request => {
    const pieces: Uint8Array[] = []
    for await (const piece of request.body ?? []) pieces.push(piece)
    return Buffer.concat(pieces).toString()
  },
  clone: async request => {
    const clone = request.clone()
    return [[...clone.headers], clone.method, clone.url, await clone.text()]
  },
  "a Request made of it": async request => {
    const made = new Request(request, { headers: { "x-new": "1" } })
    return [made instanceof Request, [...made.headers], made.method, await made.text()]
  },
  "a Request with its settings": async request => {
    const made = new Request("http://other/", request)
    return [made.url, [...made.headers], made.method, await made.text()]
  },
  tag: request => [
    Object.prototype.toString.call(request),
    request instanceof Request,
    request instanceof platform.Request,
    request.headers instanceof Headers,
    new Set([request.headers, request.headers]).size,
    request.signal.aborted,
    request.constructor.name,
  ],
}

test("used in any order, it is what the platform's Request is", async () => {
  const anyUses = fc.array(fc.constantFrom(...Object.keys(uses)), { minLength: 1, maxLength: 5 })
  await fc.assert(
    fc.asyncProperty(cases, anyUses, async (each, names) => {
      const [ours, theirs] = [served(each), made(each)]
      for (const name of names) {
        const [seen, expected] = [observe(() => uses[name]!(ours)), observe(() => uses[name]!(theirs))]
        assert.deepEqual(await seen, await expected, name)
      }
    }),
    { numRuns: 2000 },
  )
})

test("fetch takes it, with the fields as the app has left them", async t => {
  const { createServer } = await import("node:http")
  const server = createServer((request, response) => {
    response.end(`${request.method} ${request.url} ${request.headers["x-a"]}`)
  })
  await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve))
  t.after(() => server.close())
  const { port } = server.address() as { port: number }
  const each = { method: "POST", fields: [], body: "b", late: false }
  const request = served(each, `127.0.0.1:${port}`)
  request.headers.set("x-a", "own")
  assert.equal(await (await fetch(request)).text(), "POST /p?q=1 own")
  assert.equal(request.bodyUsed, true)
  await assert.rejects(fetch(request), TypeError)
})

test("the signal: told when the client goes, before and after it was asked for", () => {
  const reason = new Error("gone")
  const early = new ClientSignal()
  early.leave(reason)
  assert.equal(early.signal.reason, reason)
  const late = new ClientSignal()
  const { signal } = late
  assert.equal(signal.aborted, false)
  late.leave(reason)
  assert.equal(signal.reason, reason)
})

/** What the web tier gives an app. */
function served(each: Case, host = "shop.example"): Request {
  const bytes = Buffer.from(each.body ?? "", "latin1")
  const framing = each.body === undefined ? [] : [`Content-Length: ${bytes.length}`]
  const lines = each.fields.map(([name, value]) => `${name}: ${value}`)
  const text = [`${each.method} /p?q=1 HTTP/1.1`, `Host: ${host}`, ...lines, ...framing, "", ""].join("\r\n")
  let head: RequestHead | undefined
  const sink = { head: (read: RequestHead) => (head = read), body() {}, trailers() {}, end() {} }
  createRequestParser(sink).push(Buffer.from(text, "latin1"))
  if (head?.body.kind !== "length") return requestFromHead(head!, undefined, new ClientSignal())
  const body = new RequestBody(() => {}, false)
  const arrive = () => {
    for (const byte of bytes) body.push(Uint8Array.of(byte))
    body.end()
  }
  if (!each.late) arrive()
  else void turn().then(arrive)
  return requestFromHead(head, body, new ClientSignal())
}

/** The same, made by the platform. */
function made({ method, fields, body }: Case): Request {
  const length: [string, string][] = body === undefined ? [] : [["content-length", String(body.length)]]
  const headers = [["host", "shop.example"], ...fields.map(pair => [...pair]), ...length] as [
    string,
    string,
  ][]
  const hasBody = body !== undefined && body !== "" && !/^(?:GET|HEAD)$/i.test(method)
  const bytes = hasBody ? { body: Buffer.from(body, "latin1") } : {}
  return new platform.Request("http://shop.example/p?q=1", { method, headers, ...bytes })
}
