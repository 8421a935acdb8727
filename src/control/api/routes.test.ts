import assert from "node:assert/strict"
import { test } from "node:test"
import { controlError } from "../control-errors.ts"
import { log, page, serveAdmin, token, unread } from "../testing/served-admin.ts"
import { pagePaths } from "./page-routes.ts"
import { createRoutes } from "./routes.ts"

test("who asks for what is not there is told of every route there is", async t => {
  const { control } = await serveAdmin(t)
  const app = createRoutes({ control, page, token, ...unread, log, port: () => 1 })
  const ofPage = new Set<string>([...pagePaths, "/assets/:name"])
  const { todo } = controlError("BN1331", { path: "/api/nothing" })
  for (const verb of ["GET", "POST"]) {
    const routes = app.routes.filter(({ method, path }) => method === verb && !ofPage.has(path))
    const told = new RegExp(`${verb} ([^;.]+)`).exec(todo)?.[1]?.split(", ")
    assert.deepEqual(told?.toSorted(), routes.map(({ path }) => path).toSorted(), verb)
  }
})
