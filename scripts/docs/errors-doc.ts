import { globSync } from "node:fs"
import { pathToFileURL } from "node:url"
import { errorSentence } from "../../src/kit/error-sentence.ts"
import type { ErrorRow } from "../../src/kit/errors.ts"

export type ErrorEntry = ErrorRow & {
  readonly code: string
  /** The file its table is in. */
  readonly file: string
  /** The word a room throws it by, where that is not the code. */
  readonly rule?: string
}

const head = `# Errors

Made from the rooms' tables by \`npm run docs\`. Every error has a stable code, one sentence (what, where and why) and
what to do; \`npx banyan explain BN1001\` says it on the command line. *user*: something that was given is wrong;
*system*: something went wrong by itself.
`

/** Every row of every room's error table, by code. */
export async function errorEntries(): Promise<ErrorEntry[]> {
  const entries: ErrorEntry[] = []
  for (const file of globSync("src/**/*-errors.ts")) {
    const module = (await import(pathToFileURL(file).href)) as Record<
      string,
      { table?: Record<string, ErrorRow> }
    >
    for (const exported of Object.values(module)) {
      for (const [code, row] of Object.entries(exported?.table ?? {})) entries.push({ code, file, ...row })
    }
  }
  return entries.sort((a, b) => a.code.localeCompare(b.code))
}

export async function errorsDoc(): Promise<string> {
  const sections = (await errorEntries()).map(
    row => `## ${row.code}\n\n*${row.fault}* ${capitalized(errorSentence(row))}\n\n${row.todo}\n`,
  )
  return [head, ...sections].join("\n")
}

function capitalized(sentence: string): string {
  return sentence[0] === undefined ? "" : `${sentence[0].toUpperCase()}${sentence.slice(1)}.`
}
