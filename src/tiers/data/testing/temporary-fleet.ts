import { mkdtempSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { TestContext } from "node:test"
import { applyQuorum } from "../postgres/replication/apply-quorum.ts"
import type { Member } from "../postgres/replication/member.ts"
import { type Quorum, quorumOf } from "../postgres/replication/quorum.ts"
import { type ReplicaOptions, replicaBirth } from "../postgres/replication/replica.ts"
import { waitStreaming } from "../postgres/replication/streaming.ts"
import type { Birth } from "../postgres/server/data-folder.ts"
import { serverOf, type TemporaryPostgres, temporaryPostgres } from "../postgres/server/temporary-postgres.ts"

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

  /** Commits wait for one of the others from now on. */
  async makeSynchronous(primary: Member = this.primary.member): Promise<Quorum> {
    const quorum = quorumOf([...this.servers.keys()])
    const standbys = this.members.filter(member => member !== primary)
    const signal = AbortSignal.timeout(testTimeoutMs)
    await applyQuorum({ primary, standbys, quorum, withinMs: testTimeoutMs, signal })
    return quorum
  }

  /** Fills the data folder of a server that was taken away. */
  async prepare(id: string, birth: Birth): Promise<void> {
    await serverOf({ ...this.#shared, id, birth }).prepare()
  }

  get #shared() {
    return { folder: this.folder, secretFile: "fleet.secret" }
  }

  async #add(id: string, options: Parameters<typeof temporaryPostgres>[1]): Promise<TemporaryPostgres> {
    const after = (end: unknown) => void this.#ends.push(end as () => Promise<void>)
    const t = { after } as Pick<TestContext, "after">
    const server = await temporaryPostgres(t, { ...this.#shared, id, ...options })
    this.servers.set(id, server)
    return server
  }

  /** Ends every server first: each one's own end removes the folder they share. */
  async end(): Promise<void> {
    await Promise.all([...this.servers.values()].map(server => server.killWholly()))
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
