/**
 * `npm run simulate [-- --seeds 10000 --from 1]`: many seeds. `npm run simulate -- --seed 123 [--trace]`: one again,
 * exactly as it was: the same trace hash, or the code has changed.
 */
import { parseArgs } from "node:util"
import { messageOf } from "../../src/kit/errors.ts"
import { type Outcome, simulate } from "./simulation.ts"

const usage = "npm run simulate -- --seed 123 [--trace] | --seeds 10000 [--from 1]"
const values = readArguments()
/** More failures than this say nothing new. */
const mostFailures = 10

function readArguments() {
  try {
    return parseArgs({
      options: {
        seed: { type: "string" },
        seeds: { type: "string", default: "10000" },
        from: { type: "string", default: "1" },
        trace: { type: "boolean", default: false },
      },
    }).values
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n${usage}\n`)
    process.exit(2)
  }
}

function number(text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= 0) return value
  process.stderr.write(`${text} is no whole number\n${usage}\n`)
  process.exit(2)
}

if (values.seed !== undefined) await one(number(values.seed))
else await many(number(values.from), number(values.seeds))

async function one(seed: number): Promise<void> {
  const outcome = await simulate(seed, { keepTrace: values.trace })
  for (const line of outcome.trace ?? []) console.log(line)
  console.log(sentence(outcome))
  process.exitCode = outcome.violations.length > 0 ? 1 : 0
}

async function many(from: number, count: number): Promise<void> {
  const startedMs = performance.now()
  const failures: Outcome[] = []
  let events = 0
  let simulatedMs = 0
  let done = 0
  const tell = () => {
    const perMinute = Math.round((done * 60_000) / (performance.now() - startedMs))
    return `${done} of ${count} seeds, ${failures.length} failed, ${perMinute} a minute`
  }
  while (done < count && failures.length < mostFailures) {
    const outcome = await simulate(from + done)
    done++
    events += outcome.events
    simulatedMs += outcome.simulatedMs
    if (outcome.violations.length > 0) {
      failures.push(outcome)
      console.log(sentence(outcome))
    }
    if (done % 500 === 0) process.stderr.write(`${tell()}\n`)
  }
  const hours = (simulatedMs / 3_600_000).toFixed(1)
  console.log(`${tell()}; ${events} events in ${hours} simulated hours`)
  process.exitCode = failures.length > 0 ? 1 : 0
}

function sentence({ seed, hash, violations, events }: Outcome): string {
  const verdict = violations.length === 0 ? "ok" : violations.join("; ")
  return `seed ${seed} (trace ${hash}, ${events} events): ${verdict}`
}
