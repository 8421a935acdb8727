import type { Contender } from "./contenders.ts"
import type { HotQuery, Subject } from "./queries.ts"

const users = 16

/** A closed loop of some users, each with one query after another. Returns the median latency in milliseconds. */
export async function closedLoop(
  { ask, asUser }: Contender,
  query: HotQuery,
  subjects: readonly Subject[],
  count: number,
): Promise<number> {
  const tookMs: number[] = []
  let next = 0
  const user = async () => {
    while (next < count) {
      const subject = subjects[next++ % subjects.length] as Subject
      const startedMs = performance.now()
      await ask(query, subject)
      tookMs.push(performance.now() - startedMs)
    }
  }
  await Promise.all(Array.from({ length: users }, () => asUser(user)))
  return tookMs.sort((a, b) => a - b)[tookMs.length >> 1] as number
}
