import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { test } from "node:test"
import { parseConfig } from "../../topology/config-problems.ts"
import { ejectedFiles } from "./ejected-files.ts"
import type { Ejection } from "./ejection.ts"

const ejection: Ejection = {
  name: "shop",
  projectFolder: "/srv/shop",
  folder: "/srv/shop/ejected",
  front: { host: "127.0.0.1", port: 8080 },
  webPorts: [8101],
  webArgv: ["/usr/bin/node", "server.js"],
  webEnv: {},
  health: { path: "/", expect: "below 500" },
  user: undefined,
  postgres: undefined,
  haproxy: "/usr/sbin/haproxy",
  drainTimeoutMs: 1000,
  edge: parseConfig({}).edge,
}

function textOf(path: string, change: Partial<Ejection> = {}): string {
  return ejectedFiles({ ...ejection, ...change }).find(file => file.path === path)!.text
}

test("what the README says to a shell means a folder of any name", () => {
  assert.match(textOf("README.md"), /^sudo cp \/srv\/shop\/ejected\/\*\.service /m)
  const folder = mkdtempSync(join(tmpdir(), "it's a shop $x-"))
  test.after(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, "shop.service"), "")
  writeFileSync(join(folder, "shop.target"), "")
  const [, words] = /^sudo cp (.*) \/etc\/systemd\/system\/$/m.exec(textOf("README.md", { folder }))!
  const { stdout } = spawnSync("sh", ["-c", `printf '%s|' ${words}`], { encoding: "utf8" })
  assert.equal(stdout, `${folder}/shop.service|${folder}/shop.target|`)
})

test("HAProxy asks for health at the whole path", () => {
  const health = { path: `/up?a#b"c'd\\e`, expect: "below 500" } as const
  assert.match(
    textOf("haproxy.cfg", { health }),
    / uri \/up\?a\\#b\\"c\\'d\\\\e ver HTTP\/1\.1 hdr Host banyan$/m,
  )
})
