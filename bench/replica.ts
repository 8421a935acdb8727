import { openConnection } from "../src/tiers/data/postgres/connection.ts"
import { forgetReplica, removeReplicaData } from "../src/tiers/data/postgres/replication/replica.ts"
import type { TemporaryPostgres } from "../src/tiers/data/postgres/server/temporary-postgres.ts"
import { temporaryFleet, testTimeoutMs } from "../src/tiers/data/testing/temporary-fleet.ts"
import { type Bench, compare } from "./harness.ts"

const rounds = Number(process.env["BANYAN_ROUNDS"] ?? 5)
const megabytes = Number(process.env["BANYAN_MEGABYTES"] ?? 1000)

/** A replica of a real database, built while that serves: from the first step until it streams. */
export const bench: Bench = {
  says: "a replica built while the primary serves: base backup, checked, started, streaming",
  async run(say) {
    const ends: (() => unknown)[] = []
    const t = { after: (end: unknown) => void ends.push(end as () => unknown) }
    try {
      const fleet = await temporaryFleet(t, { replicas: 0 })
      say(`filling ${megabytes} MB`)
      await fill(fleet.primary)
      const [tookMs, rates]: [number[], number[]] = [[], []]
      for (let round = 1; round <= rounds; round++) {
        const startedMs = performance.now()
        const replica = await fleet.addReplica({ id: "postgres-2" })
        tookMs.push(performance.now() - startedMs)
        rates.push((megabytes / tookMs.at(-1)!) * 1000)
        say(`${round}/${rounds}  ${tookMs.at(-1)!.toFixed(0)} ms  ${rates.at(-1)!.toFixed(0)} MB/s`)
        await replica.stop()
        await forgetReplica(replica.member, fleet.primary.member, AbortSignal.timeout(testTimeoutMs))
        await removeReplicaData(replica.member, AbortSignal.timeout(testTimeoutMs))
      }
      const side = { name: "banyan", version: "0.1.0", configuration: `${megabytes} MB, SHA-256 checked` }
      return [
        compare("from the first step until it streams", "ms", { ...side, values: tookMs }, null),
        compare("of the database", "MB/s", { ...side, values: rates }, null),
      ]
    } finally {
      for (const end of ends) await end()
    }
  },
}

/** Rows of about a kilobyte. */
async function fill({ address, credentials }: TemporaryPostgres): Promise<void> {
  const client = await openConnection(address, credentials, "bench")
  await client.query("create table filler (id int, text text)")
  await client.query(
    "insert into filler select n, repeat(md5(n::text), 31) from generate_series(1, $1::int * 950) as n",
    [megabytes],
  )
  await client.end()
}
