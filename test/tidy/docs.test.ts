import assert from "node:assert/strict"
import { test } from "node:test"
import { errorEntries } from "../../scripts/docs/errors-doc.ts"
import { generatedDocs } from "../../scripts/docs/generated-docs.ts"
import { commandLeaves } from "../../src/cli/command-leaves.ts"
import { knownErrors } from "../../src/cli/known-errors.ts"
import { createProgram } from "../../src/cli/program.ts"
import { drills } from "../../src/lab/drills/run-drill.ts"
import { fieldPaths } from "../../src/topology/config-fields.ts"
import { readCodeRanges } from "./architecture-table.ts"
import { filesOf, packageJson, root, textOf } from "./source-files.ts"

process.chdir(root)

test("the generated documents are what the code says (npm run docs)", async () => {
  for (const [path, text] of await generatedDocs()) assert.equal(textOf(path), text, `${path} is old`)
})

test("every error code stands in one table, in its room's range, and is thrown somewhere", async () => {
  const ranges = readCodeRanges()
  const entries = await errorEntries()
  assert.equal(new Set(entries.map(({ code }) => code)).size, entries.length, "a code stands twice")
  const code = filesOf("{src,scripts}/**/*.{ts,mjs}").filter(path => !/-errors\.ts$|\.test\.ts$/.test(path))
  const texts = code.map(textOf)
  const used = new Set(texts.flatMap(text => text.match(/\bBN\d{4}\b/g) ?? []))
  for (const entry of entries) {
    const room = ranges.get(entry.code.slice(0, 4))
    assert.ok(room !== undefined && entry.file.startsWith(`src/${room}/`), `${entry.code} in ${entry.file}`)
    // The codec names its rules by a word, and the table gives each its code.
    const isUsed = used.has(entry.code) || texts.some(text => text.includes(`"${entry.rule}"`))
    assert.ok(isUsed, `${entry.code} is thrown nowhere`)
    assert.notEqual(entry.todo.trim(), "", entry.code)
  }
  const known = new Set(entries.map(entry => entry.code))
  const unknown = [...used].filter(found => !known.has(found))
  assert.deepEqual(unknown, [], "in no table")
})

test("what is told to do over HTTP is told at a terminal too: as a command", async () => {
  for (const { code, todo } of await errorEntries())
    if (todo.includes("/api/")) assert.match(todo, /`npx banyan \w/, code)
})

test("every error is known to `explain`, and every code a document names is one", async () => {
  const codes = (await errorEntries()).map(({ code }) => code)
  assert.deepEqual(Object.keys(knownErrors).sort(), codes)
  const sections = textOf("docs/errors.md").match(/^## BN\d{4}$/gm)
  assert.deepEqual(
    sections?.map(heading => heading.slice(3)),
    codes,
  )
  for (const path of [...filesOf("*.md"), ...filesOf("docs/**/*.md")]) {
    for (const [code] of textOf(path).matchAll(/\bBN\d{4}\b/g))
      assert.ok(codes.includes(code), `${path}: ${code}`)
  }
})

test("every command the documents and errors name exists, with its options, benches and drills", async () => {
  const program = createProgram()
  const commands = new Set(["help", ...program.commands.map(command => command.name())])
  const optionsOf = (name: string) =>
    commandLeaves(program)
      .filter(({ path }) => path.split(" ")[0] === name)
      .flatMap(({ command }) => ["--help", ...command.options.map(({ long }) => long)])
  const scripts = new Set([...Object.keys(packageJson().scripts), "ci"])
  const texts = new Map(
    [...filesOf("*.md"), ...filesOf("docs/**/*.md")].map(path => [path, textOf(path)] as const),
  )
  for (const { code, todo } of await errorEntries()) texts.set(code, todo)
  for (const [where, text] of texts) {
    for (const [, name, rest] of text.matchAll(/npx banyan ([a-z][a-z-]*)([^`|;\n]*)/g)) {
      assert.ok(commands.has(name!), `${where}: npx banyan ${name}`)
      const given = rest!.match(/(?<= )--[a-z][a-z-]*/g) ?? []
      const unknown = given.filter(option => !optionsOf(name!).includes(option))
      assert.deepEqual(unknown, [], `${where}: npx banyan ${name}${rest}`)
    }
    for (const [, name] of text.matchAll(/npm run bench -- ([a-z][a-z-]*)/g)) {
      assert.match(textOf(`bench/${name}.ts`), /^export const bench\b/m, `${where}: bench ${name}`)
    }
    for (const [, name] of text.matchAll(/npx banyan drill ([a-z][a-z-]*)/g)) {
      assert.ok(Object.hasOwn(drills, name!), `${where}: drill ${name}`)
    }
    for (const [, name] of text.matchAll(/npm (?:run )?(start|test|ci|(?<=run )[a-z]+)\b/g)) {
      assert.ok(scripts.has(name!), `${where}: npm run ${name}`)
    }
  }
})

test("every field of the configuration that a document names is one", () => {
  const known = fieldPaths()
  const isKnown = (named: string) => known.some(field => field === named || field.startsWith(`${named}/`))
  for (const path of [...filesOf("*.md"), ...filesOf("docs/**/*.md")]) {
    for (const [, named] of textOf(path).matchAll(/`((?:edge|web|data)\/[a-zA-Z/]+)`/g))
      assert.ok(isKnown(named!), `${path}: ${named}`)
  }
})

test("every figure of the README with thousands was measured, and is written down", () => {
  const measured = filesOf("docs/measurements/*.md").map(textOf).join("\n")
  const figures = textOf("README.md").match(/\b\d{1,3}(?:,\d{3})+\b/g) ?? []
  assert.notEqual(figures.length, 0)
  assert.deepEqual(
    figures.filter(figure => !measured.includes(figure) && !measured.includes(figure.replaceAll(",", ""))),
    [],
  )
})

test("the README in Korean has the same commands, code, links and figures as the English one", () => {
  const partsOf = (path: string) => {
    const text = textOf(path)
    const found = (pattern: RegExp) => [...text.matchAll(pattern)].map(match => match[1] ?? match[0])
    return {
      code: found(/^```\w*\n([\s\S]*?)^```/gm),
      headings: found(/^#+ /gm),
      commands: new Set(found(/`npx banyan ([^`]*)`/g)),
      links: new Set(found(/\]\((?!README)([^)]*)\)/g)),
      figures: new Set(found(/\b\d{1,3}(?:,\d{3})+\b/g)),
    }
  }
  assert.deepEqual(partsOf("README.ko.md"), partsOf("README.md"))
})
