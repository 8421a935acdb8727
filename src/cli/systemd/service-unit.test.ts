import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir, userInfo } from "node:os"
import { join } from "node:path"
import { test } from "node:test"
import { serviceUnit } from "./service-unit.ts"
import { unitCommand, unitName } from "./systemd-unit.ts"

const noSystemd =
  spawnSync("systemd-analyze", ["--version"]).error === undefined ? false : "systemd-analyze is not installed"

test("words of a command mean what they say", () => {
  assert.equal(
    unitCommand(["/usr/bin/node", "/a b/main.ts", "50%", "$HOME", 'say "x"']),
    '/usr/bin/node "/a b/main.ts" 50%% $$HOME "say \\"x\\""',
  )
  assert.deepEqual(["Beigel", "a b/ü", "..", "x@y"].map(unitName), ["beigel", "a-b", "service", "x-y"])
})

test("systemd has nothing to say about the unit, in folders of any name", { skip: noSystemd }, t => {
  const folder = mkdtempSync(join(tmpdir(), "banyan-unit-"))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  for (const [project, port, user] of [
    ["plain", 8080, undefined],
    ["with blanks and 100% $HOME", 80, userInfo().username],
  ] as const) {
    const projectFolder = join(folder, project)
    mkdirSync(projectFolder)
    const text = serviceUnit({
      name: "beigel 100%",
      projectFolder,
      banyan: [process.execPath, join(projectFolder, "main.ts")],
      user,
      port,
      drainTimeoutMs: 10_000,
    })
    const file = join(folder, "beigel.service")
    writeFileSync(file, text)
    const { status, stdout, stderr } = spawnSync("systemd-analyze", ["verify", "--man=no", file], {
      encoding: "utf8",
    })
    assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: "", stderr: "" }, text)
    // The check can fail.
    writeFileSync(file, text.replace("KillMode=process", "KillMode=procss"))
    assert.match(
      spawnSync("systemd-analyze", ["verify", "--man=no", file], { encoding: "utf8" }).stderr,
      /kill mode/,
    )
  }
})
