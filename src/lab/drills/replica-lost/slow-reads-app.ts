/** What a read takes at its server, and how many one instance has under way at each: that and not the processor is what it can take. */
export const readMs = 100
export const readsAtOnce = 20

/** Of a table: what reads no page is not counted as work. */
const text = `/* banyan: read */ select pg_sleep(${readMs / 1000}) from pg_am limit 1`
/** As Kysely compiles raw SQL. */
const slowRead = {
  sql: text,
  parameters: [],
  query: { kind: "RawNode", sqlFragments: [text], parameters: [] },
  queryId: { queryId: "slow-read" },
}

type Database = { executeQuery(query: typeof slowRead): Promise<unknown> }

/** An app of known capacity at its databases. */
export default {
  name: "slow-reads",
  web: ({ db }: { readonly db: Database }) => ({
    async fetch() {
      await db.executeQuery(slowRead)
      return new Response("read")
    },
  }),
}
