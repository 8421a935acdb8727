import type { TestContext } from "node:test"
import { systemClock } from "../../../kit/node/system-clock.ts"
import type { Address, ServiceMap } from "../../../wire/map.ts"
import { createData } from "../create-data.ts"
import type { Data, DataCredentials, DataOptions } from "../data.ts"
import { destroyConnection, openConnection } from "../postgres/connection.ts"

/** Test support: the data tier of a process that was told where its primary is. Closed when the test ends. */
export function dataForTests(
  t: Pick<TestContext, "after">,
  primary: { address: Address; credentials: DataCredentials },
  options: Partial<Omit<DataOptions, "credentials" | "urls">> = {},
): Data {
  const data = createData({
    credentials: primary.credentials,
    poolSize: 4,
    gate: { maxWaiting: 100, maxWaitMs: 30_000 },
    clock: systemClock,
    log: { info() {}, error() {} },
    ...options,
  })
  t.after(() => data.close())
  data.apply(mapWithPrimary(primary.address))
  return data
}

export function mapWithPrimary(address: Address): ServiceMap {
  return mapWith([{ id: "postgres-1", role: "primary", address }])
}

export function mapWith(databases: ServiceMap["databases"], more: Partial<ServiceMap> = {}): ServiceMap {
  return {
    wire: 1,
    epoch: { term: 1, counter: 1 },
    stage: "single",
    fronts: [],
    backends: [],
    databases,
    settings: { drainTimeoutMs: 1000 },
    ...more,
  }
}

/** Waits until `look` gives something; throws after a generous while. */
export async function eventually<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
): Promise<T> {
  const untilMs = Date.now() + 60_000
  while (Date.now() < untilMs) {
    const seen = await look()
    if (seen !== undefined && seen !== false) return seen
    await new Promise(resolve => setTimeout(resolve, 5))
  }
  throw new Error(`waited in vain for ${what}`)
}

/** One statement as the superuser of a server, over a connection of its own. */
export async function asSuperuser(
  postgres: { address: Address; superuser: DataCredentials },
  statement: string,
  database = postgres.superuser.database,
): Promise<Record<string, unknown>[]> {
  const client = await openConnection(postgres.address, { ...postgres.superuser, database }, "test")
  try {
    return (await client.query(statement)).rows
  } finally {
    destroyConnection(client)
  }
}

/** As the router takes it. */
export function urlOf(postgres: {
  readonly credentials: DataCredentials
  readonly socketFolder: string
  readonly port: number
}): string {
  const { user, password, database } = postgres.credentials
  const host = encodeURIComponent(postgres.socketFolder)
  return `postgres://${user}:${encodeURIComponent(password)}@localhost:${postgres.port}/${database}?host=${host}`
}
