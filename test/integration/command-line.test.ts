import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { chmodSync, existsSync, mkdirSync, statSync } from "node:fs"
import { after, before, test } from "node:test"
import { ScratchProject } from "./scratch-project.ts"
import { until } from "./until.ts"

/** What the command line says of a service that runs: values at Tab, where a value comes from, its pages. */

let project: ScratchProject

before(async () => {
  project = await ScratchProject.create()
  await project.succeed(
    "up",
    "--detach",
    "--port",
    String(project.port),
    "--admin-port",
    String(project.adminPort),
  )
})
after(() => project.remove())

test("Tab offers the instances that run, in a shell too", async () => {
  assert.match(await project.succeed("complete", "--", "kill", ""), /^app-1\t.*, ready\npostgres-1\t/m)
  // In one process nothing can be scaled.
  assert.match(await project.succeed("complete", "--", "scale", "app"), /^:4\n$/)
  assert.match(await project.succeed("complete", "--", "logs", "super"), /^supervisor\t\n/)
  project.write("banyan.bash", await project.succeed("completion", "bash"))
  const line = "COMP_LINE='banyan kill app'; COMP_POINT=15; __banyan_at_tab 2>/dev/null; echo $COMPREPLY"
  const bash = spawnSync("bash", ["--norc", "-c", `. ./banyan.bash; ${line}`], {
    cwd: project.folder,
    encoding: "utf8",
  })
  assert.equal(bash.stdout, "app-1\n")
})

test("explain says where a value of the running service comes from", async () => {
  const port = JSON.parse(await project.succeed("explain", "port", "--json"))
  assert.deepEqual([port.value, port.source], [project.port, "up, by --port or PORT"])
  assert.match(
    await project.succeed("explain", "web.drainTimeoutMs"),
    /now {8}1000 \(from banyan\.config\.ts\)/,
  )
})

test("`open` prints the address; a desktop's opener gets it without the token among its arguments", async () => {
  const state = await project.state()
  const json = JSON.parse(await project.succeed("open", "status", "--json"))
  assert.equal((await fetch(json.url)).status, 200)
  const nowhere = await project.beginWith({ CI: "", DISPLAY: "", WAYLAND_DISPLAY: "" }, "open").ended
  assert.equal(nowhere.stdout, `${state.service.url}\n`)
  assert.match(nowhere.stderr, process.platform === "linux" ? /^not opened: there is no display here/ : /^/)
  const inCi = await project.beginWith({ CI: "true", DISPLAY: ":0" }, "open", "app").ended
  assert.match(inCi.stderr, /^not opened: CI is set/)

  // An opener that writes down what it was given, where this desktop's would be found.
  mkdirSync(project.at("bin"))
  for (const name of ["xdg-open", "open"]) {
    project.write(`bin/${name}`, '#!/bin/sh\necho "$1" >> opened\n')
    chmodSync(project.at(`bin/${name}`), 0o755)
  }
  const desktop = { CI: "", DISPLAY: ":0", PATH: `${project.at("bin")}:${process.env["PATH"]}` }
  assert.equal((await project.beginWith(desktop, "open", "status").ended).stdout, `${json.url}\n`)
  await until(
    "an opened page",
    () => existsSync(project.at("opened")) && project.read("opened").endsWith("\n"),
  )
  const opened = project.read("opened").trim()
  const token = new URL(json.url).hash
  assert.ok(!opened.includes(token), opened)
  assert.equal(statSync(opened).mode & 0o777, 0o600)
  assert.ok(project.read(".banyan/run/open-status.html").includes(token))
})
