import assert from "node:assert/strict"
import test from "node:test"
import type { Services } from "banyan"
import { LiveHub } from "../live/live-hub.ts"
import type { BeigelTables } from "../tables.ts"
import { createApi } from "../web.ts"

/** Only described, never asked: no part of it is touched. */
const services = { sessions: {}, options: {} } as Services<BeigelTables>
const api = createApi(services, new LiveHub(services))
const document: Tree = await (await api.request("/openapi.json")).json()

test("every route is in the document, and the document names no other", () => {
  const served = api.routes
    .filter(route => route.method !== "ALL")
    .map(route => `${route.method} ${route.path.replace(/:(\w+)/g, "{$1}")}`)
  const described = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods as object).map(method => `${method.toUpperCase()} ${path}`),
  )
  const undocumented = ["GET /openapi.json"]
  assert.deepEqual([...new Set(served)].toSorted(), [...described, ...undocumented].toSorted())
})

test("the names that outside clients rely on are there", () => {
  for (const [path, methods] of Object.entries({
    "/api/cafes": ["get"],
    "/api/cafes/clusters": ["get"],
    "/api/cafes/{id}": ["get"],
    "/api/cafes/{id}/posts": ["get", "post"],
    "/api/feed": ["get"],
    "/api/feed/live": ["get"],
    "/api/signup": ["post"],
    "/api/login": ["post"],
    "/api/logout": ["post"],
    "/api/me": ["get"],
    "/api/users/{id}": ["get"],
    "/api/users/{id}/posts": ["get"],
    "/api/posts/{id}": ["delete", "get", "patch"],
    "/api/posts/{id}/like": ["delete", "put"],
  })) {
    assert.deepEqual(Object.keys(document.paths[path]).toSorted(), methods)
  }
})

test("it is a whole OpenAPI 3.1 document: every reference leads somewhere, every operation answers", () => {
  assert.equal(document.openapi, "3.1.0")
  for (const [path, methods] of Object.entries<Record<string, Operation>>(document.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const where = `${method} ${path}`
      assert.ok(operation.summary, where)
      assert.ok(Object.keys(operation.responses).length > 0, where)
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(match => match[1])
      const declared = (operation.parameters ?? []).filter(parameter => parameter.in === "path")
      assert.deepEqual(
        declared.map(parameter => parameter.name),
        inPath,
        where,
      )
      assert.ok(
        declared.every(parameter => parameter.required),
        where,
      )
    }
  }
  const references = JSON.stringify(document).match(/"#\/[^"]+"/g) ?? []
  assert.ok(references.length > 0)
  for (const reference of references) {
    const target = JSON.parse(reference)
      .slice(2)
      .split("/")
      .reduce((node: Tree, key: string) => node?.[key], document)
    assert.ok(target, reference)
  }
})

type Operation = {
  summary?: string
  responses: object
  parameters?: { in: string; name: string; required?: boolean }[]
}
// biome-ignore lint/suspicious/noExplicitAny: a tree of anything
type Tree = any
