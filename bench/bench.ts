/** `npm run bench -- <name> [--json]`: runs one bench, or lists them. */
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { type Bench, machineWords, tableOf, wordsOf } from "./harness.ts"

const isBench = (file: string) =>
  /^export const bench\b/m.test(readFileSync(join(import.meta.dirname, file), "utf8"))
const names = readdirSync(import.meta.dirname)
  .filter(file => file.endsWith(".ts") && isBench(file))
  .map(file => file.slice(0, -".ts".length))

const args = process.argv.slice(2)
const json = args.includes("--json")
const [name] = args.filter(arg => !arg.startsWith("--"))

if (name === undefined || !names.includes(name)) {
  process.stderr.write(name === undefined ? "which bench?\n" : `there is no bench named \`${name}\`\n`)
  for (const each of names) {
    const { bench } = (await import(`./${each}.ts`)) as { bench: Bench }
    process.stderr.write(`  npm run bench -- ${each.padEnd(12)} ${bench.says}\n`)
  }
  process.exit(name === undefined ? 0 : 2)
}

// So that whoever has something to take down hears of it.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => process.exit(130))
const { bench } = (await import(`./${name}.ts`)) as { bench: Bench }
const lines = await bench.run(words => process.stderr.write(`${words}\n`))
const date = new Date().toISOString()
if (json) {
  for (const line of lines)
    process.stdout.write(`${JSON.stringify({ date, machine: machineWords(), ...line })}\n`)
} else {
  const words = bench.asTable ? tableOf(lines) : lines.map(wordsOf).join("\n\n")
  process.stdout.write(`${date}  ${machineWords()}\n\n${words}\n`)
}
process.exit(0)
