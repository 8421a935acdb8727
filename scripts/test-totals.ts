import type { TestEvent } from "node:test/reporters"

/**
 * Lets the runner's events through and puts lines before its closing ones, which are diagnostics of the root and come
 * last.
 */
export function tellBeforeTotals(linesOf: () => readonly string[]) {
  return async function* (events: AsyncIterable<TestEvent>): AsyncGenerator<TestEvent> {
    let told = false
    for await (const event of events) {
      if (!told && isFirstTotal(event)) {
        told = true
        for (const message of linesOf()) yield { type: "test:diagnostic", data: { ...event.data, message } }
      }
      yield event
    }
  }
}

function isFirstTotal(event: TestEvent): event is Extract<TestEvent, { type: "test:diagnostic" }> {
  return event.type === "test:diagnostic" && event.data.nesting === 0 && /^tests \d/.test(event.data.message)
}
