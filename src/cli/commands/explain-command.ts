import type { Command } from "commander"
import { findProjectFolder } from "../../boot/config/config-file.ts"
import { configInForce } from "../../boot/config/config-in-force.ts"
import { explainField, type InForce } from "../../boot/config/explained-config.ts"
import { closestWord } from "../../kit/closest-word.ts"
import { errorSentence } from "../../kit/error-sentence.ts"
import { isBanyanError } from "../../kit/errors.ts"
import { descriptionAt, fieldPaths, fieldsAt } from "../../topology/config-fields.ts"
import { asksNothing } from "../arguments.ts"
import { cliError } from "../cli-errors.ts"
import { Output } from "../output.ts"
import { type ErrorExplanation, errorLines, fieldLines, groupLines } from "../words/explain-words.ts"

export function addExplainCommand(program: Command): void {
  program
    .command("explain [subject]")
    .description(
      "a field of the configuration, a group of them, or an error code; all fields when none is named",
    )
    .option(...asksNothing)
    .option("--json", "as one JSON value")
    .action(explain)
}

/** Works outside a project and with a broken configuration too: then only the value in force is missing. */
async function explain(subject: string | undefined, options: { json?: boolean }): Promise<void> {
  const out = new Output(options.json === true)
  if (subject !== undefined && /^BN\d*$/i.test(subject)) return tellError(subject.toUpperCase(), out)
  const path = subject === undefined ? "" : knownPath(subject)
  const now = await inForce()
  const below = fieldPaths().filter(field => path === "" || field.startsWith(`${path}/`))
  if (below.length === 0) {
    const field = explainField(path, now)
    out.value({ type: "field", ...field })
    for (const line of fieldLines(field)) out.data(line)
    return
  }
  const fields = below.map(field => explainField(field, now))
  const meaning = path === "" ? "The whole configuration." : descriptionAt(path.split("/"))
  out.value({ type: "group", path, meaning, fields })
  for (const line of groupLines(meaning, fields)) out.data(line)
  out.say("\nnext: npx banyan explain <field>")
}

async function tellError(code: string, out: Output): Promise<void> {
  // Loaded on use: it knows the error table of every room.
  const { knownErrors } = await import("../known-errors.ts")
  const row = knownErrors[code]
  if (row === undefined) throw unknownSubject(code, Object.keys(knownErrors))
  const { fault, todo } = row
  const error: ErrorExplanation = { code, fault, sentence: errorSentence(row), todo }
  out.value({ type: "error", ...error })
  for (const line of errorLines(error)) out.data(line)
}

/** `web.drainTimeoutMs` and `web/drainTimeoutMs` as the latter. Throws BN3208. */
function knownPath(subject: string): string {
  const path = subject
    .split(/[./]/)
    .filter(word => word !== "")
    .join("/")
  const groups = fieldsAt([]).filter(name => fieldsAt([name]).length > 0)
  const known = [...groups, ...fieldPaths()]
  if (known.includes(path)) return path
  throw unknownSubject(
    subject,
    known.map(field => field.replaceAll("/", ".")),
  )
}

function unknownSubject(subject: string, known: readonly string[]): Error {
  const meant = closestWord(subject, known) ?? known.find(word => word.endsWith(`.${subject}`))
  return cliError("BN3208", {
    subject,
    hint:
      meant === undefined
        ? `fields look like web.drainTimeoutMs, errors like BN1402`
        : `did you mean \`${meant}\`?`,
  })
}

async function inForce(): Promise<InForce> {
  try {
    process.chdir(findProjectFolder())
    return await configInForce()
  } catch (error) {
    if (isBanyanError(error)) return { unknown: error.message }
    throw error
  }
}
