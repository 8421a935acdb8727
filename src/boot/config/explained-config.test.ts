import assert from "node:assert/strict"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { test } from "node:test"
import { explainedConfig } from "./explained-config.ts"

test("what others may look at says what is in force and from where, and no secret", async t => {
  const before = process.cwd()
  const folder = mkdtempSync(join(tmpdir(), "explained-"))
  t.after(() => {
    process.chdir(before)
    rmSync(folder, { recursive: true, force: true })
  })
  const config = {
    web: { command: "node server.js", env: { API_KEY: "hush-1" } },
    data: { engine: "external", url: "postgres://app:hush-2@db:5432/app" },
  }
  writeFileSync(join(folder, "banyan.config.ts"), `export default ${JSON.stringify(config)}\n`)
  process.chdir(folder)
  const fields = await explainedConfig()
  const fieldAt = (path: string) => fields.find(field => field.path === path)
  assert.doesNotMatch(JSON.stringify(fields), /hush/)
  assert.deepEqual(fieldAt("web/env")?.value, { API_KEY: "***" })
  assert.match(String(fieldAt("data/url")?.value), /app.*@db:5432/)
  assert.equal(fieldAt("web/command")?.source, "banyan.config.ts")
  assert.deepEqual([fieldAt("port")?.value, fieldAt("port")?.source], [8080, "default"])
  assert.ok(fields.every(({ meaning, expected }) => meaning !== "" && expected !== ""))
})
