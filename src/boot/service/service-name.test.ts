import assert from "node:assert/strict"
import { basename } from "node:path"
import { test } from "node:test"
import { parseConfig } from "../../topology/config-problems.ts"
import { serviceName } from "./service-name.ts"

test("a service that was given no name is called like the folder of what serves", () => {
  const here = basename(process.cwd())
  assert.equal(serviceName(parseConfig({ name: "shop", app: "./apps/beigel/app.ts" })), "shop")
  assert.equal(serviceName(parseConfig({ app: "./apps/beigel/app.ts" })), "beigel")
  assert.equal(serviceName(parseConfig({ app: "./app.ts" })), here)
  assert.equal(serviceName(parseConfig({ app: "app.ts" })), here)
  assert.equal(serviceName(parseConfig({ web: { command: "node server.js" } })), here)
  assert.equal(serviceName(parseConfig({ app: "/app.ts" })), "service")
})
