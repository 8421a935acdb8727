import assert from "node:assert/strict"
import { test } from "node:test"
import { readRooms, roomOf } from "./architecture-table.ts"
import { longFunctions } from "./long-functions.ts"
import { filesOf, isForTests, textOf } from "./source-files.ts"

const mostLines = { file: 300, function: 70 }

/** Longer files, each with the reason why cutting it would not help. */
const longFiles: Readonly<Record<string, string>> = {}

const rooms = readRooms()
const code = filesOf("{src,console,test,apps,bench,scripts}/**/*.{ts,tsx,mjs}")
const texts = [
  ...code,
  ...filesOf("*.{md,json,ts}"),
  ...filesOf("{docs,apps}/**/*.md"),
  ".ci/run",
  "scripts/ci-setup",
]

test(`no file has more than ${mostLines.file} lines`, () => {
  const long = code
    .map(path => ({ path, lines: textOf(path).split("\n").length - 1 }))
    .filter(({ path, lines }) => lines > mostLines.file && longFiles[path] === undefined)
  assert.deepEqual(long, [])
  const stale = Object.keys(longFiles).filter(path => textOf(path).split("\n").length - 1 <= mostLines.file)
  assert.deepEqual(stale, [], "these need no exception any more")
})

test(`no function has more than ${mostLines.function} lines`, () => {
  const long = code
    .filter(path => !isForTests(path))
    .flatMap(path => longFunctions(textOf(path), mostLines.function).map(found => ({ path, ...found })))
  assert.deepEqual(long, [])
})

/** Calls that make a pure room impure, and what to take instead. */
const impure: readonly (readonly [RegExp, string])[] = [
  [/\bDate\.now\(/, "take a Clock, or nowMs as an argument"],
  [/\bnew Date\(\)/, "take a Clock, or nowMs as an argument"],
  [/\bperformance\./, "take a Clock, or nowMs as an argument"],
  [/\bMath\.random\b/, "take a Random (kit/random.ts)"],
  [/\b(setTimeout|setInterval|setImmediate|queueMicrotask)\(/, "take a Clock and its after()"],
  [/\bprocess\./, "take what you need as an argument"],
  [/\bcrypto\./, "take what you need as an argument"],
  [/\b(fetch|console\.\w+)\(/, "return data and let the caller act"],
]

test("pure rooms call no clock, no random and no I/O", () => {
  const wrong = code
    .filter(path => path.startsWith("src/") && !isForTests(path) && roomOf(path, rooms)?.pure === true)
    .flatMap(path =>
      impure.flatMap(([pattern, instead]) =>
        linesWith(path, pattern)
          .filter(({ line }) => !/^\s*(\*|\/\/|\/\*)/.test(line))
          .map(({ number }) => `${path}:${number} ${pattern.source}: ${instead}`),
      ),
    )
  assert.deepEqual(wrong, [])
})

/** Words that have no place in the repository. Written in halves, so that this file passes its own test. */
const banned: readonly (readonly [RegExp, string])[] = [
  [new RegExp(`\\b(${"TO"}DO|${"FIX"}ME|${"XX"}X|${"HA"}CK)\\b`), "do it now or write it into an issue"],
  [new RegExp(`\\bregistry${"\\."}[a-z-]+\\.[a-z]`), "a package host is the machine's affair"],
  [new RegExp(`(^|[\\s"'\`(=:])/(home|root|Users|work)${"/"}`), "a path of one machine"],
]

test("no word of unfinished work, package host or path of one machine is in the repository", () => {
  const wrong = texts.flatMap(path =>
    banned.flatMap(([pattern, why]) =>
      linesWith(path, pattern).map(({ number }) => `${path}:${number} ${why}`),
    ),
  )
  assert.deepEqual(wrong, [])
})

test("files are named in kebab-case", () => {
  const wrong = code.filter(path => !/^(.*\/)?[a-z0-9]+(-[a-z0-9]+)*(\.[a-z]+)+$/.test(path))
  assert.deepEqual(wrong, [])
})

function linesWith(path: string, pattern: RegExp): { number: number; line: string }[] {
  return textOf(path)
    .split("\n")
    .map((line, index) => ({ number: index + 1, line }))
    .filter(({ line }) => pattern.test(line))
}
