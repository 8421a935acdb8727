#!/usr/bin/env node
import { problem } from "./boot/problem.mjs"
// `node scripts/run.mjs scripts/test.ts ...`: runs one of the checkout's own programs the way `bin/banyan.mjs` runs the CLI.
import { boot, stop } from "./boot.mjs"

const [entry, ...args] = process.argv.slice(2)
if (entry === undefined) {
  stop(problem("no program named", "Say which: node scripts/run.mjs scripts/test.ts"))
} else {
  boot(entry, args)
}
