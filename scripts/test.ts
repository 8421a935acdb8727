/**
 * `npm test [-- <part of a path>...]`: style, types, then every *.test.ts of the checkout, two files at a time.
 *
 * With a pattern only the test files whose path contains it are run, without the checks before. With CI=true a skipped
 * test is a failure: there the machine has everything.
 */
import { globSync } from "node:fs"
import { pipeline } from "node:stream/promises"
import { run } from "node:test"
import { spec } from "node:test/reporters"
import { fileURLToPath } from "node:url"
import { check } from "./check.ts"
import { failureLines } from "./test-failures.ts"
import { type Skip, skipLines } from "./test-skips.ts"
import { type FileTime, slowestLines } from "./test-times.ts"
import { tellBeforeTotals } from "./test-totals.ts"

/** A drill under load takes its time on two busy cores; what hangs longer than this hangs. */
const fileTimeoutMs = 10 * 60_000
const concurrency = 2
/**
 * Files that take minutes begin first, so that at the end nobody waits for one of them alone; the two files of drills not
 * beside each other, for drills load a machine.
 */
const longest = ["test/drills/database", "test/browser/", "test/drills/", "test/integration/"]

process.chdir(fileURLToPath(new URL("..", import.meta.url)))
const patterns = process.argv.slice(2)
const files = globSync("{src,console,test,apps,bench,scripts}/**/*.test.ts", {
  exclude: path => path.split("/").includes("node_modules"),
})
  .filter(file => patterns.length === 0 || patterns.some(pattern => file.includes(pattern)))
  .sort()
  .sort((a, b) => rankOf(a) - rankOf(b))

if (files.length === 0) {
  process.stderr.write(`no test file's path contains ${patterns.join(" or ")}\n`)
  process.exit(2)
}

const checked = patterns.length > 0 || (await check())
const skips: Skip[] = []
const times: FileTime[] = []
const isCi = process.env["CI"] === "true"
process.exitCode = checked ? 0 : 1

const events = run({ files, concurrency, timeout: fileTimeoutMs })
  .on("test:fail", event => {
    process.exitCode = 1
    for (const line of failureLines(event)) process.stdout.write(`${line}\n`)
  })
  .on("test:pass", event => {
    if (event.skip === undefined) return
    skips.push({ file: event.file ?? "", name: event.name, reason: event.skip })
    if (isCi) process.exitCode = 1
  })
  .on("test:summary", ({ file, duration_ms: tookMs }) => {
    if (file !== undefined) times.push({ file, tookMs })
  })
const closing = () => [...slowestLines(times), ...skipLines(skips, isCi)]
await pipeline(events, tellBeforeTotals(closing), new spec(), process.stdout, { end: false })

function rankOf(file: string): number {
  const rank = longest.findIndex(folder => file.startsWith(folder))
  return rank === -1 ? longest.length : rank
}
