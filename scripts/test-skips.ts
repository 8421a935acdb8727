import { relative } from "node:path"
import type { TestEvent } from "node:test/reporters"

export type Skip = { readonly file: string; readonly name: string; readonly reason: string | boolean }

/**
 * Lets the runner's events through and puts the list of skips before its closing lines, which are diagnostics of the
 * root and come last.
 */
export function tellSkips(skips: readonly Skip[], isCi: boolean) {
  return async function* (events: AsyncIterable<TestEvent>): AsyncGenerator<TestEvent> {
    let told = false
    for await (const event of events) {
      if (
        !told &&
        event.type === "test:diagnostic" &&
        event.data.nesting === 0 &&
        /^tests \d/.test(event.data.message)
      ) {
        told = true
        for (const message of skipLines(skips, isCi))
          yield { type: "test:diagnostic", data: { ...event.data, message } }
      }
      yield event
    }
  }
}

function skipLines(skips: readonly Skip[], isCi: boolean): string[] {
  if (skips.length === 0) return []
  const verdict = isCi ? "; in CI a skip is a failure" : ""
  const lines = skips.map(({ file, name, reason }) => {
    const why = typeof reason === "string" && reason !== "" ? reason : "no reason given"
    return `  ${relative(process.cwd(), file)}: ${name}: ${why}`
  })
  return [`${skips.length} skipped${verdict}:`, ...lines]
}
