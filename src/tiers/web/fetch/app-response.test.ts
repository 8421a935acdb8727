import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { observe } from "../fixtures/observe.ts"
import { AppResponse } from "./app-response.ts"
import { platform } from "./platform.ts"

type ResponseClass = typeof Response
const ours = AppResponse as unknown as ResponseClass

const bodies: fc.Arbitrary<() => unknown> = fc.oneof(
  fc.constantFrom<() => unknown>(
    () => null,
    () => undefined,
    () => 7,
    () => ({}),
    () => new URLSearchParams("a=b&c=d"),
    () => new Blob(["blob"], { type: "text/x" }),
    () => new Uint8Array([1, 2, 3]).buffer,
    () => new Uint16Array([258]),
    () => ReadableStream.from([Buffer.from("one"), Buffer.from("two")]),
    () => new Uint8Array(new SharedArrayBuffer(2)),
  ),
  fc.string({ unit: "binary" }).map(text => () => text),
  fc.array(fc.integer({ min: 0xd7f0, max: 0xe00f })).map(codes => () => String.fromCharCode(...codes)),
  fc.uint8Array({ maxLength: 20 }).map(bytes => () => Buffer.from(bytes)),
)
const fieldName = fc.constantFrom("a", "A", "x-b", "Content-Type", "set-cookie", "", "b c", "é", "Date")
const fieldValue = fc.oneof(
  fc.constantFrom("v", " v ", "", "a\r\nb", "é", "ж", "\0", "text/html"),
  fc.constantFrom<unknown>(1, null, undefined, { toString: () => "made" }),
)
const pairs = fc.array(fc.tuple(fieldName, fieldValue), { maxLength: 4 })
const headers: fc.Arbitrary<() => unknown> = fc.oneof(
  pairs.map(list => () => Object.fromEntries(list)),
  pairs.map(list => () => list),
  fc.constantFrom<() => unknown>(
    () => undefined,
    () => null,
    () => "text",
    () => [["a"]],
    () => new Map([["m", "1"]]),
    () => new Headers([["set-cookie", "a"], ["set-cookie", "b"]]), // biome-ignore format: one line
    () => ({ [Symbol("s")]: "v" }),
    () => Object.create({ inherited: "v" }),
  ),
)
const inits: fc.Arbitrary<() => unknown> = fc.oneof(
  fc.constantFrom<() => unknown>(
    () => undefined,
    () => null,
    () => "text",
    () => 5,
    () => () => {},
  ),
  fc
    .record(
      {
        status: fc.oneof(
          fc.constantFrom<unknown>(199, 600, "201", 204.5, null, undefined, Number.NaN, 101),
          fc.constantFrom(200, 201, 204, 205, 304, 404, 500, 599),
        ),
        statusText: fc.constantFrom<unknown>("Fine", "", "é", "ж", "a\nb", undefined, null, 3),
        headers,
      },
      { requiredKeys: [] },
    )
    .map(
      ({ headers, ...rest }) =>
        () =>
          headers === undefined ? rest : { ...rest, headers: headers() },
    ),
)

test("whatever it is made of, it is what the platform's Response is", async () => {
  await fc.assert(
    fc.asyncProperty(bodies, inits, async (body, init) => {
      const made = (Class: ResponseClass) => () => new Class(body() as never, init() as never)
      assert.deepEqual(await observe(made(ours)), await observe(made(platform.Response)))
    }),
    { numRuns: 1500 },
  )
})

test("Response.json, error and redirect are the platform's", async () => {
  const circular: { self?: object } = {}
  circular.self = circular
  const values = [{ a: 1 }, [], "é", null, 0, undefined, () => {}, circular, 10n, new Date(0)]
  const inits = [undefined, {}, { status: 204 }, { status: 400, headers: { "content-type": "x/y" } }]
  for (const value of values) {
    for (const init of inits) {
      const json = (Class: ResponseClass) => () => Class.json(value, init)
      assert.deepEqual(await observe(json(ours)), await observe(json(platform.Response)))
    }
  }
  for (const make of [
    (Class: ResponseClass) => Class.error(),
    (Class: ResponseClass) => Class.redirect("http://a/b"),
    (Class: ResponseClass) => Class.redirect("http://a/b", 308),
    (Class: ResponseClass) => Class.redirect("http://a/b", 200 as never),
  ]) {
    assert.deepEqual(await observe(() => make(ours)), await observe(() => make(platform.Response)))
  }
})

/** What a handler or a middleware does to a Response that it made or was given. */
const uses: Readonly<Record<string, (Class: ResponseClass) => unknown>> = {
  "fields set later": Class => {
    const response = new Class("x", { headers: { a: "1" } })
    response.headers.set("a", "2")
    response.headers.append("set-cookie", "c=d")
    response.headers.delete("content-type")
    return response
  },
  "the same Headers each time": Class => {
    const response = new Class("x")
    const { headers } = response
    return headers === response.headers
  },
  "read by its stream": async Class => {
    const response = new Class("né")
    const reader = response.body!.getReader()
    const { value } = await reader.read()
    return [[...value!], response.bodyUsed, (await reader.read()).done]
  },
  "a body that is locked": Class => {
    const response = new Class("x")
    response.body!.getReader()
    return response.text()
  },
  "a clone keeps what was changed, and is apart": async Class => {
    const response = new Class("x", { status: 201, statusText: "Made", headers: { a: "1" } })
    response.headers.set("b", "2")
    const clone = response.clone()
    response.headers.set("c", "3")
    return [[...clone.headers], clone.status, clone.statusText, await response.text(), await clone.text()]
  },
  "a clone of a clone whose stream was asked for": async Class => {
    const response = new Class("x", { status: 201 })
    const body = response.body
    const clone = response.clone()
    return [
      body === null,
      clone.status,
      await clone.clone().text(),
      await clone.text(),
      await response.text(),
    ]
  },
  "one Response wrapped by another": Class => {
    const inner = new Class("inner", { status: 202, headers: { "x-a": "1", "set-cookie": "c" } })
    return new Class(inner.body, inner)
  },
  "a Response of the platform wrapped": Class => {
    const inner = new platform.Response("inner", { status: 202, headers: { "x-a": "1" } })
    return new Class(inner.body, inner)
  },
  "a Response given as the settings of another": Class => new Class("y", new Class("x", { status: 203 })),
  "bytes that change afterwards": Class => {
    const bytes = new Uint8Array([104, 105])
    const response = new Class(bytes)
    bytes.fill(0)
    return response
  },
  "a byte order mark": Class => new Class("\ufeffbom"),
  "every way to read": async Class => [
    await new Class("[1]").json(),
    [...(await new Class("né").bytes())],
    new Uint8Array(await new Class("né").arrayBuffer()).length,
    await (await new Class("né")).blob().then(blob => [blob.size, blob.type]),
    [...(await new Class(new URLSearchParams("a=b")).formData())],
    await new Class("{").json().catch(error => error.name),
    await new Class("x").formData().catch(error => error.name),
  ],
  subclass: Class => {
    class Mine extends Class {
      own = 1
    }
    const mine = new Mine("x")
    return [
      mine instanceof Mine,
      mine instanceof Class,
      new Class("y") instanceof Mine,
      mine.own,
      mine.status,
    ]
  },
  "what is listed": Class => {
    const names: string[] = []
    for (const name in new Class("x")) names.push(name)
    return [names.sort(), Class.name, Class.length, Object.keys(new Class("x"))]
  },
}

for (const [name, use] of Object.entries(uses)) {
  test(`used as the platform's: ${name}`, async () => {
    assert.deepEqual(await observe(() => use(ours)), await observe(() => use(platform.Response)))
  })
}

test("instanceof holds for what either class made, in both", () => {
  assert.ok(new platform.Response() instanceof ours)
  assert.ok(new ours("x") instanceof platform.Response)
  assert.ok(!({} instanceof ours))
})
