import assert from "node:assert/strict"
import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type TestContext, test } from "node:test"
import { paths } from "../project-paths.ts"
import { readConfig } from "./config-file.ts"
import { explainedConfig } from "./explained-config.ts"
import { keepStarted } from "./started-config.ts"

const config = {
  web: { command: "node server.js", env: { API_KEY: "hush-1" } },
  data: { engine: "external", url: "postgres://app:hush-2@db:5432/app" },
}

/** A folder to work in; the result writes its configuration. */
function project(t: TestContext): (config: object) => void {
  const before = process.cwd()
  const folder = mkdtempSync(join(tmpdir(), "explained-"))
  t.after(() => {
    process.chdir(before)
    rmSync(folder, { recursive: true, force: true })
  })
  process.chdir(folder)
  // Written within one millisecond it would be taken for the same file.
  let changedAt = 1_700_000_000
  return config => {
    writeFileSync("banyan.config.ts", `export default ${JSON.stringify(config)}\n`)
    utimesSync("banyan.config.ts", changedAt, changedAt++)
  }
}

test("what others may look at says what is in force and from where, and no secret", async t => {
  const say = project(t)
  say(config)
  const fields = await explainedConfig()
  const fieldAt = (path: string) => fields.find(field => field.path === path)
  assert.doesNotMatch(JSON.stringify(fields), /hush/)
  assert.deepEqual(fieldAt("web/env")?.value, { API_KEY: "***" })
  assert.match(String(fieldAt("data/url")?.value), /app.*@db:5432/)
  assert.equal(fieldAt("web/command")?.source, "banyan.config.ts")
  assert.deepEqual([fieldAt("port")?.value, fieldAt("port")?.source], [8080, "default"])
  assert.ok(fields.every(({ meaning, expected }) => meaning !== "" && expected !== ""))
})

test("what was changed since the start and only a start takes up is told as waiting, until it is taken back", async t => {
  const say = project(t)
  say(config)
  const waiting = async () => (await explainedConfig()).filter(({ waits }) => waits).map(({ path }) => path)
  assert.deepEqual(await waiting(), [], "nobody knows of a start")
  const start = async () => keepStarted((await readConfig()).value)
  await start()
  assert.deepEqual(await waiting(), [])
  assert.doesNotMatch(readFileSync(paths.started, "utf8"), /hush/)

  const changed = {
    ...config,
    port: 9000,
    stage: "balanced",
    web: { ...config.web, env: { API_KEY: "hush-3" } },
  }
  say(changed)
  assert.deepEqual((await waiting()).sort(), ["port", "web/env"])
  await start()
  assert.deepEqual(
    (await waiting()).length,
    2,
    "a supervisor that was started anew is no start of the service",
  )
  say({ ...changed, port: 8080 })
  assert.deepEqual(await waiting(), ["web/env"])
})
