/** `npm run check`: style and types, without the tests. */
import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))

const colors = process.stderr.isTTY ? "force" : "off"

const tsc = "node_modules/typescript/bin/tsc"
const checks = [
  { name: "style (biome)", argv: ["node_modules/@biomejs/biome/bin/biome", "ci", `--colors=${colors}`, "."] },
  { name: "types (tsc)", argv: [tsc, "-p", "tsconfig.json"] },
  { name: "types in browsers (tsc)", argv: [tsc, "-p", "test/browser/tsconfig.json"] },
  { name: "types of the console (tsc)", argv: [tsc, "-p", "console/tsconfig.json"] },
  { name: "types of Beigel's page (tsc)", argv: [tsc, "-p", "apps/beigel/web"] },
  { name: "purity (tsc)", argv: [tsc, "-p", "tsconfig.pure.json"] },
]

/** Runs every check, one after the other, and says on stderr how each went. Resolves with whether all passed. */
export async function check(): Promise<boolean> {
  let passed = true
  for (const { name, argv } of checks) {
    const startedMs = performance.now()
    const ok = (await run(argv)) === 0
    passed &&= ok
    process.stderr.write(
      `${ok ? "ok  " : "FAIL"} ${name} (${Math.round(performance.now() - startedMs)} ms)\n`,
    )
  }
  return passed
}

/** What biome and tsc say is talk: it goes to stderr, so that the test runner's words stay alone on stdout. */
function run(argv: readonly string[]): Promise<number | null> {
  const child = spawn(process.execPath, argv, { cwd: root, stdio: ["ignore", 2, 2] })
  return new Promise((resolve, reject) => {
    child.once("error", reject)
    child.once("exit", resolve)
  })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = (await check()) ? 0 : 1
