import { join } from "node:path"
import { seededRandom } from "../src/kit/random.ts"
import type { Checker } from "../src/lab/checkers/checker.ts"
import { everyChecker } from "../src/lab/checkers/every-checker.ts"
import { plantedTable } from "../src/lab/checkers/mutations/planted-table.ts"
import {
  type SimulationOptions,
  simulatedExcuses,
  simulateHistory,
} from "../src/lab/checkers/simulated-history.ts"
import type { History } from "../src/lab/history/history.ts"
import { readHistory } from "../src/lab/history/history-reader.ts"
import { HistoryWriter } from "../src/lab/history/history-writer.ts"
import { type Bench, type BenchLine, compare } from "./harness.ts"
import { temporaryFolder } from "./processes.ts"

const operations = 1_000_000
const rounds = 5
const plantedEach = 25
/** Few enough keys that a session comes back to each: otherwise there would be nothing to hold it to. */
const workload: SimulationOptions = {
  seed: 1,
  operations,
  sessions: 50,
  registers: 2_000,
  lists: 2_000,
  width: 2,
  troubleShare: 0.1,
  laggingReads: false,
  versions: true,
}
const sessionCheckers = ["read-your-writes", "monotonic-reads"]

/** Seconds each checker takes for a million operations, and whether it still sees what it is there for. */
export const bench: Bench = {
  says: "the lab's checkers: seconds for a million operations; planted violations caught",
  async run(say) {
    say(`simulating ${operations} operations`)
    const { history, readS } = await throughFile(say)
    const lines = [line("a history of 10^6 operations is read from its file", "s", readS)]
    const tookS = new Map<string, readonly number[]>()
    for (const checker of everyChecker(simulatedExcuses)) {
      if (checker.name === "no-unexcused-failure") continue
      const { values, checked } = timed(checker, history)
      tookS.set(checker.name, values)
      say(`${checker.name}  ${values.map(value => value.toFixed(2)).join(" ")} s  ${checked} facts`)
      lines.push(line(`${checker.name}: 10^6 operations`, "s", values))
    }
    const [writes, reads] = sessionCheckers.map(name => tookS.get(name)!)
    const both = writes!.map((value, round) => value + reads![round]!)
    return [line("both session checkers: 10^6 operations in under 10 s", "s", both), ...lines, planted(say)]
  },
}

function line(claim: string, unit: string, values: readonly number[]): BenchLine {
  const side = {
    name: "banyan",
    version: "0.1.0",
    configuration: "simulated history: 50 sessions, 2,000 registers, 2,000 lists",
  }
  return compare(claim, unit, { ...side, values }, null)
}

function timed(checker: Checker, history: History): { values: number[]; checked: number } {
  const values: number[] = []
  for (;;) {
    const startedMs = performance.now()
    const { ok, violations, unknown, checked } = checker.check(history)
    if (!ok) throw new Error(`${checker.name}: ${violations[0]?.words ?? unknown[0]}`)
    values.push((performance.now() - startedMs) / 1000)
    if (values.length === rounds) return { values, checked }
  }
}

/** A simulated history, written as a drill would and read back: strings and objects are those a drill's check meets. */
async function throughFile(say: (words: string) => void) {
  const path = join(temporaryFolder("checkers"), "history.ndjson")
  await write(simulateHistory(workload), path)
  const readS: number[] = []
  for (;;) {
    const startedMs = performance.now()
    const history = await readHistory(path)
    readS.push((performance.now() - startedMs) / 1000)
    if (readS.length < rounds) continue
    say(`read from its file  ${readS.map(value => value.toFixed(2)).join(" ")} s`)
    return { history, readS }
  }
}

/** In the order in which everything happened; thousands of intents share an fsync. */
async function write({ operations, events, finals }: History, path: string): Promise<void> {
  const writer = await HistoryWriter.create(path, { title: "bench", seed: 1 })
  const steps: { order: number; act: () => Promise<void> | undefined }[] = []
  for (const operation of operations) {
    const { id, session, kind, key, value, method, invokedOrder, returnedOrder } = operation
    const intent = { id, session, kind, key, ...(value && { value }), ...(method && { method }) }
    steps.push({ order: invokedOrder, act: () => writer.intend(intent) })
    if (returnedOrder === undefined) continue
    const { outcome, saw, items, version, failure } = operation
    const result = {
      outcome,
      ...(saw !== undefined && { saw }),
      ...(items && { items }),
      ...(version !== undefined && { version }),
      ...(failure && { failure }),
    }
    steps.push({ order: returnedOrder, act: () => void writer.settle(id, result) })
  }
  for (const { order, name, subject } of events) steps.push({ order, act: () => writer.event(name, subject) })
  steps.sort((a, b) => a.order - b.order)
  let last: Promise<void> | undefined
  for (const [index, { act }] of steps.entries()) {
    last = act() || last
    if (index % 10_000 === 0) await last
  }
  await last
  for (const { key, items } of finals) writer.final(key, items)
  await writer.close()
}

/** Percent of the lies caught, in the catalogue's order; all must be. */
function planted(say: (words: string) => void): BenchLine {
  const seed = Math.floor(seededRandom(Date.now())() * 2 ** 31)
  const table = plantedTable(seed, plantedEach)
  for (const { mutation, checker, planted, caught, words, missed } of table)
    say(
      `${checker.padEnd(22)} ${mutation.padEnd(22)} ${caught}/${planted}  ${words}${missed.length > 0 ? `  missed with seeds ${missed}` : ""}`,
    )
  const percents = table.map(({ planted, caught }) => (100 * caught) / planted)
  return line(
    `100 % of ${plantedEach} planted violations of each of ${table.length} kinds caught`,
    "%",
    percents,
  )
}
