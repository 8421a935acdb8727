import { CountingWriters, strikeUntil } from "../src/tiers/data/testing/counting-writers.ts"
import { temporaryFleet } from "../src/tiers/data/testing/temporary-fleet.ts"
import { type Bench, compare } from "./harness.ts"

const unknowns = Number(process.env["BANYAN_UNKNOWNS"] ?? 300)
const seed = Number(process.env["BANYAN_SEED"] ?? Date.now() % 2 ** 31)
const count = 32

/** Primaries struck under writers until so many commits lost their answer; what is there is held against what was told. */
export const bench: Bench = {
  says: "commits whose answer is lost (primaries killed, frozen, restarted): counted, resolved, and whether one was wrong",
  asTable: true,
  async run(say) {
    const ends: (() => unknown)[] = []
    const fleet = await temporaryFleet({ after: (end: unknown) => void ends.push(end as () => unknown) })
    const writers = new CountingWriters(fleet, count)
    try {
      say(`seed ${seed}`)
      await writers.start()
      const blows = await strikeUntil(fleet, writers, { unknowns, seed, say })
      await writers.end()
      const faults = await writers.faults()
      for (const fault of faults) say(fault)
      const { acknowledged, verdicts } = writers
      const figures = {
        acknowledged: acknowledged.length,
        unknown: writers.unknowns,
        "found committed": verdicts.committed,
        "found not committed": verdicts["not-committed"],
        "run again": verdicts.again,
        ...blows,
        wrong: faults.length,
      }
      const side = { name: "transact", version: "", configuration: `${count} writers, seed ${seed}` }
      return Object.entries(figures).map(([claim, n]) =>
        compare(claim, "times", { ...side, values: [n] }, null),
      )
    } finally {
      await writers.db.destroy()
      for (const end of ends) await end()
    }
  },
}
