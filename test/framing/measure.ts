/**
 * `npm run framing`: what the four backends make of the corpus by themselves, as tables.
 * `npm run framing -- --fuzz 100000 [--seed 7]`: the fuzz test for long.
 */
import { parseArgs } from "node:util"
import { messageOf } from "../../src/kit/errors.ts"
import { type Backend, backends } from "./backends/backend.ts"
import { node } from "./backends/node-backend.ts"
import { corpus, type FramingCase, textOf } from "./corpus.ts"
import { startFrontDoor } from "./front-door.ts"
import { fuzz } from "./fuzz.ts"
import { echoField, secondRequest } from "./judge.ts"
import { programCleanUp } from "./program-clean-up.ts"
import { rawExchange } from "./raw-exchange.ts"
import { readAnswers, valuesOf } from "./strict-reader.ts"

/** A backend that still waits for more of a request by then will say nothing of it. */
const patienceMs = 1_500

const usage = "npm run framing [-- --fuzz 100000 [--seed 7]]"
const { fuzz: runs, seed } = readArguments()
const { cleanUp, leave } = programCleanUp()

try {
  if (runs === undefined) await measure()
  else await fuzzFor(Number(runs), Number(seed ?? Date.now() % 1e9))
} finally {
  await leave()
}

function readArguments() {
  try {
    return parseArgs({ options: { fuzz: { type: "string" }, seed: { type: "string" } } }).values
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n${usage}\n`)
    process.exit(2)
  }
}

async function fuzzFor(numRuns: number, seed: number): Promise<void> {
  const door = await startFrontDoor(await node.start(cleanUp), cleanUp)
  const { failed, counterexample, errorInstance } = await fuzz(door, { seed, numRuns })
  const verdict = failed ? `${errorInstance}: ${JSON.stringify(counterexample)}` : "nothing found"
  process.stdout.write(`seed ${seed}, ${numRuns} times: ${verdict}\n`)
  process.exitCode = failed ? 1 : 0
}

async function measure(): Promise<void> {
  const here = backends.filter(({ version }) => version !== "")
  const refused = corpus.filter(({ refuse }) => refuse !== undefined)
  const taken = await Promise.all(here.map(backend => takenBy(backend, refused)))
  const row = (name: string, cases: readonly FramingCase[]) => {
    const counts = taken.map(ids => cases.filter(({ id }) => ids.has(id)).length)
    return `| ${name} | ${[cases.length, ...counts].join(" | ")} |`
  }
  const themes = [...new Set(refused.map(({ theme }) => theme))]
  const lists = here.map(({ name }, index) => {
    const ids = refused.filter(({ id, required }) => required && taken[index]!.has(id)).map(({ id }) => id)
    return `**${name}** (${ids.length}): ${ids.join(", ")}`
  })
  const lines = [
    `| refused by Banyan | cases | ${here.map(({ name, version }) => `${name} ${version}`).join(" | ")} |`,
    `|---|${"---|".repeat(here.length + 1)}`,
    row(
      "without a reading in the standard",
      refused.filter(({ required }) => required),
    ),
    row(
      "stricter than the standard",
      refused.filter(({ required }) => !required),
    ),
    ...themes.map(theme =>
      row(
        theme,
        refused.filter(framing => framing.theme === theme),
      ),
    ),
    "",
    ...lists.flatMap(list => [list, ""]),
  ]
  process.stdout.write(`${lines.join("\n")}\n`)
}

/** The cases of which the backend answered as read what Banyan refuses. */
async function takenBy(backend: Backend, cases: readonly FramingCase[]): Promise<Set<string>> {
  const address = await backend.start(cleanUp)
  const ids = new Set<string>()
  for (const { id, send, forward, ends } of cases) {
    const bytes = textOf(send) + (ends ? "" : secondRequest)
    const received = await rawExchange(address, [bytes], ends, patienceMs)
    const { messages } = readAnswers(received.bytes, Array(bytes.length).fill("GET"))
    const echoes = messages.flatMap(({ fields }) => valuesOf(fields, echoField))
    if (echoes.filter(echo => echo !== "GET /second 0").length > forward.length) ids.add(id)
  }
  return ids
}
