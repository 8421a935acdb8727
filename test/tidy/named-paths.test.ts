import assert from "node:assert/strict"
import { dirname, join, normalize } from "node:path"
import { test } from "node:test"
import { generatedDocs } from "../../scripts/docs/generated-docs.ts"
import { filesOf, textOf } from "./source-files.ts"

const folders = "{src,console,test,apps,bench,scripts,docs,bin,.ci}"
const paths = filesOf(`{*,${folders}/**/*}`)
const documents = filesOf(`{*.md,${folders}/**/*.md}`)

/** Names with slashes between; `*` and `<name>` stand for any. */
const word = /(?<![\w/.*@:<-])(?:[\w*.<>-]+\/)*[\w*.<>-]+/g
const isFile = /\w\.(tsx?|mjs|md)$/
/** Comments also cite headers of Postgres. */
const isBelowFolder = /^(src\/(?!include\/)|(console|test|apps|bench|scripts|docs|bin)\/)/

test("every path that a document or a comment names is one of the checkout", async () => {
  // Their examples are files of a user's own.
  const generated = new Set((await generatedDocs()).keys())
  const written = documents.filter(path => !generated.has(path)).flatMap(path => wordsOf(path, /^/))
  // A name without a folder may be an example there.
  const commented = filesOf(`${folders}/**/*.{ts,tsx,mjs}`)
    .flatMap(path => wordsOf(path, /^\s*(\/\/|\/?\*)/))
    .filter(({ named }) => named.includes("/"))
  const missing = [...written, ...commented]
    .filter(({ named }) => isFile.test(named) || isBelowFolder.test(named))
    .filter(({ named }) => !paths.some(path => patternOf(named).test(path)))
  assert.deepEqual(missing, [])
})

type Named = { readonly where: string; readonly named: string }

function wordsOf(path: string, line: RegExp): Named[] {
  return textOf(path)
    .split("\n")
    .flatMap((text, at) => (line.test(text) ? (text.match(word) ?? []).map(named => ({ named, at })) : []))
    .map(({ named, at }) => ({
      where: `${path}:${at + 1}`,
      named: named.replace(/^(\.{1,2}\/)+/, "").replace(/\.+$/, ""),
    }))
}

/** Of the whole path or its end: a decision by its number alone, a bench without its `.ts`. */
function patternOf(named: string): RegExp {
  const name = named
    .replace(/<\w+>/g, "*")
    .replace(/\/$/, "")
    .replace(/[.+]/g, "\\$&")
    .replace(/\*+\/?/g, stars => ({ "**/": "(?:.*/)?", "*/": "[^/]*/" })[stars] ?? "[^/]*")
  return new RegExp(`(?:^|/)${name}(?:$|/|\\.ts$${/\d{4}$/.test(named) ? "|-" : ""})`)
}

test("every link of a document leads to a file, and to a heading of it", () => {
  const wrong = documents.flatMap(path =>
    [...textOf(path).matchAll(/\]\(([^)\s#]*)(?:#([^)\s]*))?\)/g)]
      .filter(([, target]) => !/^\w+:/.test(target!))
      .filter(([, target, anchor]) => {
        const file = target === "" ? path : normalize(join(dirname(path), target!))
        if (anchor !== undefined) return !paths.includes(file) || !anchorsOf(file).includes(anchor)
        return !paths.some(each => each === file || each.startsWith(`${file}/`))
      })
      .map(([link]) => `${path} ${link}`),
  )
  assert.deepEqual(wrong, [])
})

/** As GitHub makes them of headings. */
function anchorsOf(path: string): string[] {
  const headings = textOf(path).match(/^#+ .*$/gm) ?? []
  return headings.map(heading =>
    heading
      .replace(/^#+ /, "")
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\- ]/gu, "")
      .replaceAll(" ", "-"),
  )
}
