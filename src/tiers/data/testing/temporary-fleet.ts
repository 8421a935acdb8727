import { mkdtempSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { TestContext } from "node:test"
import type { Member } from "../postgres/replication/member.ts"
import { type ReplicaOptions, replicaBirth } from "../postgres/replication/replica.ts"
import { waitStreaming } from "../postgres/replication/streaming.ts"
import { type TemporaryPostgres, temporaryPostgres } from "../postgres/server/temporary-postgres.ts"

/** Generous: a busy machine is no failure. */
export const testTimeoutMs = 180_000

/** Test support: a primary (`postgres-1`) and replicas that stream from it, in one temporary folder. */
export class TemporaryFleet {
  readonly folder = mkdtempSync(join(tmpdir(), "banyan-fleet-"))
  readonly servers = new Map<string, TemporaryPostgres>()
  readonly #ends: (() => Promise<void>)[] = []

  /** The server with this id. */
  at(id: string): TemporaryPostgres {
    const server = this.servers.get(id)
    if (server === undefined) throw new Error(`the fleet has no ${id}`)
    return server
  }

  get primary(): TemporaryPostgres {
    return this.at("postgres-1")
  }

  get members(): Member[] {
    return [...this.servers.values()].map(({ member }) => member)
  }

  async start(): Promise<void> {
    await this.#add("postgres-1", {})
  }

  /** Builds `postgres-<n>` from a base backup while the upstream serves, starts it, and waits until it streams. */
  async addReplica(options: Partial<ReplicaOptions> = {}): Promise<TemporaryPostgres> {
    const { id = `postgres-${this.servers.size + 1}`, upstream = this.primary.member } = options
    const signal = AbortSignal.timeout(testTimeoutMs)
    const birth = replicaBirth({ id, upstream, signal, ...options })
    const replica = await this.#add(id, { birth })
    await waitStreaming(upstream, replica.member, { withinMs: testTimeoutMs, signal })
    return replica
  }

  async #add(id: string, options: Parameters<typeof temporaryPostgres>[1]): Promise<TemporaryPostgres> {
    const after = (end: unknown) => void this.#ends.push(end as () => Promise<void>)
    const shared = { folder: this.folder, id, secretFile: "fleet.secret" }
    const server = await temporaryPostgres({ after } as Pick<TestContext, "after">, { ...shared, ...options })
    this.servers.set(id, server)
    return server
  }

  /** Ends every server first: each one's own end removes the folder they share. */
  async end(): Promise<void> {
    await Promise.all([...this.servers.values()].map(server => server.kill()))
    for (const end of this.#ends) await end()
  }
}

/** A fleet that is gone when the test ends. */
export async function temporaryFleet(
  t: Pick<TestContext, "after">,
  { replicas = 2 }: { readonly replicas?: number } = {},
): Promise<TemporaryFleet> {
  const fleet = new TemporaryFleet()
  t.after(() => fleet.end())
  await fleet.start()
  for (let count = 0; count < replicas; count++) await fleet.addReplica()
  return fleet
}
