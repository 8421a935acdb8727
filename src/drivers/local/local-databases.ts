import type { Epoch } from "../../wire/epoch.ts"
import type { ServiceMap } from "../../wire/map.ts"
import type { DatabaseAct, DatabaseHost, DatabaseOutcome, PromotionRecord } from "../database-acts.ts"
import type { DriverInstance } from "../driver.ts"
import type { AgentClient } from "./agent-client.ts"
import type { KeeperWords } from "./keeper-protocol.ts"

/** What the driver must be told of the databases of this host; boot knows. */
export type LocalDatabases = {
  readonly keeper: () => KeeperWords
  /** What is on this host's disk. `open`: whether a promotion was ordered nobody knows yet; the keeper finds out. */
  readonly promotions: () => { readonly done: readonly PromotionRecord[]; readonly open: boolean }
}

/** Acts on the databases of this machine, done by the agent's keeper. */
export class LocalDatabaseHost implements DatabaseHost {
  readonly #client: AgentClient
  readonly #databases: LocalDatabases
  #isKept = false

  constructor(client: AgentClient, databases: LocalDatabases) {
    this.#client = client
    this.#databases = databases
  }

  async act(act: DatabaseAct, epoch: Epoch): Promise<DatabaseOutcome> {
    const call = { verb: "act" as const, work: act, keeper: this.#databases.keeper(), epoch }
    return (await this.#client.call(call)) as DatabaseOutcome
  }

  async promotions(epoch?: Epoch): Promise<readonly PromotionRecord[]> {
    const { done, open } = this.#databases.promotions()
    if (!open) return done
    const newest = epoch ?? (await this.#client.call({ verb: "status" })).epoch
    const keeper = this.#databases.keeper()
    const call = { verb: "act" as const, work: { act: "promotions" as const }, keeper, epoch: newest }
    return (await this.#client.call(call)) as PromotionRecord[]
  }

  /** What its start needs, where it is, or may have become, a replica; who was promoted here decides, not an old map. */
  async prepare(id: string, map: ServiceMap, epoch: Epoch): Promise<void> {
    const onMap = map.databases.find(({ role }) => role === "primary")?.id
    const { done, open } = this.#databases.promotions()
    const primary = done.at(-1)?.id ?? onMap
    if (!open && (primary === undefined || primary === id)) return
    const work = { act: "prepare" as const, id, primary: primary ?? id }
    await this.#client.call({ verb: "act", work, keeper: this.#databases.keeper(), epoch })
  }

  /** Several databases are looked at by the keeper; a new agent has none yet. */
  keep(instances: readonly DriverInstance[]): void {
    if (this.#isKept || instances.filter(({ group }) => group === "postgres").length < 2) return
    this.#isKept = true
    this.#client.call({ verb: "keep", keeper: this.#databases.keeper() }).catch(() => {
      this.#isKept = false
    })
  }

  attached(): void {
    this.#isKept = false
  }
}
