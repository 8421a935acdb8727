import assert from "node:assert/strict"
import { test } from "node:test"
import { configText, withIgnored } from "./config-text.ts"
import { findProgram } from "./find-program.ts"

const found = (files: Readonly<Record<string, string>>) => findProgram({ read: path => files[path] })
const manifest = (value: object) => JSON.stringify(value)

test("the most explicit way to start wins", () => {
  const start = manifest({
    scripts: { start: "node app.mjs" },
    main: "index.js",
    dependencies: { express: "5" },
  })
  const files = { "package.json": start, "index.js": "", "server.js": "", "app.mjs": "process.env.PORT" }
  assert.deepEqual(found({ ...files, Procfile: "worker: x\nweb: node web.js\n" })?.from, "web in Procfile")
  assert.deepEqual(found(files), {
    command: "node app.mjs",
    from: "scripts.start in package.json",
    framework: "Express",
  })
  assert.equal(found({ "package.json": manifest({ main: "lib.js" }), "lib.js": "" })?.command, "node lib.js")
  assert.equal(found({ "package.json": "{", "server.js": "" })?.command, "node server.js")
  assert.equal(found({ "package.json": manifest({ scripts: { start: "banyan up" } }) }), undefined)
  assert.equal(found({ "README.md": "" }), undefined)
})

test("Python's ways", () => {
  const django = found({ "manage.py": "", "requirements.txt": "Django==5.1\n" })
  assert.equal(django?.command, "python3 manage.py runserver --noreload 127.0.0.1:$PORT")
  assert.equal(django?.framework, "Django")
  assert.deepEqual(found({ "app.py": "listen(8000)", "requirements.txt": "flask\n" }), {
    command: "python3 app.py",
    from: "app.py",
    framework: "Flask",
    silentAboutPort: "app.py",
  })
})

test("what needs a shell gets one; a program of node_modules is named by its path", () => {
  const started = (start: string, more = {}) =>
    found({ "package.json": manifest({ scripts: { start } }), ...more })?.command
  assert.deepEqual(started("npm run build && node server.js"), [
    "sh",
    "-c",
    "npm run build && node server.js",
  ])
  assert.deepEqual(started("NODE_ENV=production node x.js"), ["sh", "-c", "NODE_ENV=production node x.js"])
  assert.equal(
    started("next start -p $PORT", { "node_modules/.bin/next": "" }),
    "./node_modules/.bin/next start -p $PORT",
  )
})

test("the configuration is about ten lines; .gitignore gets its line once", () => {
  assert.ok(configText("shop", "node server.js", true).trim().split("\n").length <= 13)
  assert.equal(withIgnored("node_modules"), "node_modules\n.banyan/\n")
  for (const there of [".banyan\n", "/.banyan/\n"]) assert.equal(withIgnored(there), undefined)
})
