import { failOverRound, type Strike, switchOverRound } from "../src/tiers/data/testing/fleet-rounds.ts"
import { LedgerWriters } from "../src/tiers/data/testing/ledger-writers.ts"
import { temporaryFleet } from "../src/tiers/data/testing/temporary-fleet.ts"
import { type Bench, compare } from "./harness.ts"

const rounds = Number(process.env["BANYAN_ROUNDS"] ?? 10)
const writersCount = 4

/** What a failover and a switchover are made of, in milliseconds, and whether an acknowledged write was lost. */
export const bench: Bench = {
  says: "failover (killed, frozen, alive) and switchover of a primary with two replicas: the parts, and what was lost",
  asTable: true,
  async run(say) {
    const ends: (() => unknown)[] = []
    const t = { after: (end: unknown) => void ends.push(end as () => unknown) }
    try {
      const fleet = await temporaryFleet(t)
      const quorum = await fleet.makeSynchronous()
      const writers = await LedgerWriters.start(fleet.primary, writersCount)
      ends.unshift(() => writers.end())
      const rows: Rows = new Map()
      let primary = "postgres-1"
      for (let round = 0; round < rounds; round++) {
        for (const strike of ["kill", "freeze", "alive"] as const) {
          const failover = await failOverRound(fleet, primary, quorum, writers, strike)
          primary = failover.result.primary.id
          note(rows, `failover, ${words[strike]}`, { ...failover, parts: failover.result.parts })
        }
        const to = quorum.members.find(id => id !== primary) as string
        const switchover = await switchOverRound(fleet, primary, to, writers)
        primary = to
        note(rows, "switchover", { ...switchover, parts: switchover.result.parts })
        say(`${round + 1}/${rounds}  ${writers.acknowledged.length} acknowledged`)
      }
      await writers.end()
      const lost = await writers.lost(fleet.at(primary))
      say(`${lost.length} of ${writers.acknowledged.length} acknowledged writes lost`)
      return linesOf(rows)
    } finally {
      for (const end of ends) await end()
    }
  },
}

const words: Readonly<Record<Strike, string>> = { kill: "killed", freeze: "frozen", alive: "alive" }

type Rows = Map<string, Map<string, number[]>>
type Noted = {
  readonly parts: object
  readonly pauseMs: number
  readonly backMs: number
  readonly back: { readonly how: string }
}

function note(rows: Rows, name: string, { parts, pauseMs, backMs, back }: Noted): void {
  const row = rows.get(name) ?? new Map<string, number[]>()
  rows.set(name, row)
  const figures = { ...parts, pauseMs, backMs, rebuilt: back.how === "rebuilt" ? 1 : 0 }
  for (const [figure, value] of Object.entries(figures)) row.set(figure, [...(row.get(figure) ?? []), value])
}

function linesOf(rows: Rows) {
  return [...rows].flatMap(([name, row]) =>
    [...row].flatMap(([figure, values]) => {
      const side = { name, version: "", configuration: `${writersCount} writers, n = ${values.length}` }
      const rounded = values.map(value => Math.round(value * 10) / 10)
      const sum = rounded.reduce((a, b) => a + b, 0)
      if (figure === "rebuilt") return [compare(figure, "times", { ...side, values: [sum] }, null)]
      const max = compare("pause max", "ms", { ...side, values: [Math.max(...rounded)] }, null)
      const line = compare(figure.replace(/Ms$/, ""), "ms", { ...side, values: rounded }, null)
      return figure === "pauseMs" ? [line, max] : [line]
    }),
  )
}
