import assert from "node:assert/strict"
import { execFileSync } from "node:child_process"
import { test } from "node:test"
import { clientAddress, defineApp } from "./index.ts"

test("importing banyan loads nothing of the control plane, in a real process", () => {
  const script = `
    import { registerHooks } from "node:module"
    const loaded = []
    registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context) } })
    await import("banyan")
    console.log(loaded.join("\\n"))`
  const output = execFileSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" })
  const ours = output.split("\n").filter(url => /\/src\//.test(url) && !url.includes("/node_modules/"))
  assert.ok(ours.some(url => url.endsWith("/src/app/index.ts")))
  assert.deepEqual(
    ours.filter(url => /\/src\/(control|drivers|boot|cli|lab|topology)\//.test(url)),
    [],
  )
})

test("defineApp gives back what it was given", () => {
  const definition = { name: "x", web: () => ({ fetch: () => new Response("x") }) }
  assert.equal(defineApp(definition), definition)
})

test("the address of a client is what the nearest front door saw", () => {
  const from = (value: string) =>
    clientAddress(new Request("http://a/", { headers: { "x-forwarded-for": value } }))
  assert.equal(from("203.0.113.7"), "203.0.113.7")
  assert.equal(from("10.6.6.6, 203.0.113.7"), "203.0.113.7")
  assert.equal(clientAddress(new Request("http://a/")), "")
})
