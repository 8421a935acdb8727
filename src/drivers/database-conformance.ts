import assert from "node:assert/strict"
import { type TestContext, test } from "node:test"
import { isBanyanError } from "../kit/errors.ts"
import type { InstanceId } from "../topology/topology.ts"
import type { Epoch } from "../wire/epoch.ts"
import type { ServiceMap } from "../wire/map.ts"
import type { DatabaseAct, DatabaseOutcome, PromotionRecord } from "./database-acts.ts"
import type { Driver, DriverInstance } from "./driver.ts"

/** A driver with no database. Whatever it starts must be gone after the test. */
export type FleetUnderTest = {
  readonly driver: Driver
  /** Where a database is reached, for maps. */
  readonly addressOf: (id: InstanceId) => ServiceMap["databases"][number]["address"]
}

type Factory = (t: TestContext) => FleetUnderTest | Promise<FleetUnderTest>

const patienceMs = 20_000
const epoch: Epoch = { term: 2, counter: 5 }
const older: Epoch = { term: 1, counter: 9 }
const [one, two, three] = ["postgres-1", "postgres-2", "postgres-3"] as const

/**
 * What every driver with databases promises (database-acts.ts), asked by nothing but the contract. What commits survive is
 * asked elsewhere, by whoever can write.
 */
export function databaseConformance(name: string, factory: Factory): void {
  for (const [words, check] of Object.entries(checks))
    test(`${name}: ${words}`, async t => check(new Fleet(await factory(t))))
}

const checks: Readonly<Record<string, (fleet: Fleet) => Promise<void>>> = {
  "replicas are copied and follow, leave with their data, and come back": async fleet => {
    await fleet.grow([two])
    assert.deepEqual((await fleet.at(one))?.database?.quorum, { members: [one, two], acks: 1 })
    await fleet.act({ act: "quorum", primary: one, quorum: { members: [one], acks: 0 } })
    await fleet.driver.stop(two, patienceMs, epoch)
    await fleet.act({ act: "detach", id: two, primary: one })
    await fleet.act({ act: "detach", id: two, primary: one })
    await fleet.driver.forget(two, epoch)
    await fleet.start(two)
    await fleet.untilFollows(two, one)
  },

  "a promotion is written down, the same when it is asked for again; the former primary follows":
    async fleet => {
      await fleet.grow([two, three])
      const quorum = { members: [one, two, three], acks: 1 }
      await fleet.driver.signal(one, "SIGKILL", epoch)
      const failOver = { act: "fail-over", former: one, standbys: [two, three], quorum } as const
      const { promotion } = done(await fleet.act(failOver))
      assert.ok(promotion !== undefined)
      assert.equal(promotion.former, one)
      assert.ok(promotion.timeline > 1)
      assert.deepEqual((await fleet.promotions()).at(-1), promotion)
      assert.equal(done(await fleet.act(failOver)).promotion?.timeline, promotion.timeline)
      assert.equal((await fleet.promotions()).length, 1)
      fleet.primary = promotion.id
      await fleet.untilPlays(promotion.id, "primary")
      // Even one that was not attached never comes up as a second primary.
      await fleet.driver.forget(one, epoch)
      await fleet.start(one)
      await fleet.untilPlays(one, "replica")
      await fleet.act({ act: "attach", id: one, primary: promotion.id })
      await fleet.untilFollows(one, promotion.id)
    },

  "where a write might be lost nobody is promoted, and everybody follows the former primary again":
    async fleet => {
      await fleet.grow([two, three])
      await fleet.driver.stop(three, patienceMs, epoch)
      await fleet.driver.signal(one, "SIGKILL", epoch)
      const quorum = { members: [one, two, three], acks: 1 }
      const outcome = await fleet.act({ act: "fail-over", former: one, standbys: [two, three], quorum })
      assert.equal(outcome.done, false)
      assert.ok("refusal" in outcome && outcome.refusal.length > 0)
      assert.deepEqual(await fleet.promotions(), [])
      await fleet.driver.forget(one, epoch)
      await fleet.start(one)
      await fleet.untilPlays(one, "primary")
      await fleet.untilFollows(two, one)
    },

  "a switchover in two parts; the former primary has ended and follows": async fleet => {
    await fleet.grow([two, three])
    const change = { former: one, target: two, others: [three] } as const
    done(await fleet.act({ act: "prepare-switchover", ...change }))
    const { promotion } = done(await fleet.act({ act: "switch-over", ...change }))
    assert.equal(promotion?.id, two)
    assert.equal(promotion?.why, "switch-over")
    fleet.primary = two
    await fleet.act({ act: "attach", id: one, primary: two })
    await fleet.untilFollows(one, two)
    await fleet.untilFollows(three, two)
  },

  "settings: what only a start takes up waits, the server says so, and attach starts a replica again":
    async fleet => {
      await fleet.grow([two])
      const ids = [one, two]
      const configure = (sharedBuffersMb: number, more: { readonly ask?: true } = {}) =>
        fleet.act({ act: "configure", ids, settings: { sharedBuffersMb, settings: { jit: false } }, ...more })
      assert.deepEqual(done(await configure(24, { ask: true })).restartDue, ids)
      assert.equal((await fleet.at(two))?.database?.restartDue, undefined, "it was only asked")
      assert.deepEqual(done(await configure(24)).restartDue, ids)
      for (const id of ids) await fleet.until(id, "waits", ({ database }) => database?.restartDue === true)
      assert.deepEqual(done(await configure(24)).restartDue, ids)
      assert.deepEqual(done(await configure(24, { ask: true })).restartDue, [], "they were told already")
      const pid = (await fleet.at(two))?.pid
      done(await fleet.act({ act: "attach", id: two, primary: one }))
      assert.equal((await fleet.at(two))?.pid, pid, "nobody asked for it")
      done(await fleet.act({ act: "attach", id: two, primary: one, restart: true }))
      await fleet.untilFollows(two, one)
      await fleet.until(two, "waits no more", ({ database }) => database?.restartDue === undefined)
      assert.notEqual((await fleet.at(two))?.pid, pid)
      const change = { former: one, target: two, others: [] } as const
      done(await fleet.act({ act: "prepare-switchover", ...change }))
      done(await fleet.act({ act: "switch-over", ...change }))
      fleet.primary = two
      await fleet.act({ act: "attach", id: one, primary: two })
      await fleet.untilFollows(one, two)
      await fleet.until(one, "waits no more", ({ database }) => database?.restartDue === undefined)
    },

  "acts of an older control plane are refused": async fleet => {
    await fleet.grow([])
    await fleet.driver.fence(epoch)
    const act = { act: "quorum", primary: one, quorum: { members: [one], acks: 0 } } as const
    await assert.rejects(
      fleet.driver.databases!.act(act, older),
      (error: unknown) => isBanyanError(error) && error.code === "BN1401",
    )
  },
}

class Fleet {
  readonly driver: Driver
  primary: InstanceId | undefined
  readonly #under: FleetUnderTest

  constructor(under: FleetUnderTest) {
    this.#under = under
    this.driver = under.driver
  }

  get map(): ServiceMap {
    const { primary: id } = this
    const entry = id && { id, role: "primary" as const, address: this.#under.addressOf(id) }
    return {
      ...{ wire: 1, epoch, stage: "replicated", fronts: [], backends: [] },
      databases: entry === undefined ? [] : [entry],
      settings: { drainTimeoutMs: 1000 },
    }
  }

  /** A primary, replicas that follow it, and commits that wait for one of them. */
  async grow(replicas: readonly InstanceId[]): Promise<void> {
    await this.start(one)
    this.primary = one
    for (const id of replicas) await this.start(id)
    for (const id of replicas) done(await this.act({ act: "attach", id, primary: one }))
    for (const id of replicas) await this.untilFollows(id, one)
    const quorum = { members: [one, ...replicas], acks: replicas.length === 0 ? 0 : 1 }
    done(await this.act({ act: "quorum", primary: one, quorum }))
    if (replicas.length > 0)
      await this.until(
        one,
        "counts on them",
        each => each.database?.quorum?.members.length === replicas.length + 1,
      )
  }

  async start(id: InstanceId): Promise<void> {
    await this.driver.start({ id, group: "postgres", version: "1" }, this.map, epoch)
    await this.until(id, "is ready", each => each.state === "ready")
  }

  act(act: DatabaseAct): Promise<DatabaseOutcome> {
    return this.driver.databases!.act(act, epoch)
  }

  promotions(): Promise<readonly PromotionRecord[]> {
    return this.driver.databases!.promotions()
  }

  async at(id: InstanceId): Promise<DriverInstance | undefined> {
    return (await this.driver.list()).find(each => each.id === id)
  }

  async untilPlays(id: InstanceId, role: "primary" | "replica"): Promise<void> {
    await this.until(id, `is a ${role}`, each => each.database?.role === role)
  }

  async untilFollows(id: InstanceId, primary: InstanceId): Promise<void> {
    await this.until(id, `follows ${primary}`, ({ database }) => {
      return database?.role === "replica" && database.follows === primary && database.streaming === true
    })
  }

  async until(id: InstanceId, what: string, holds: (seen: DriverInstance) => boolean): Promise<void> {
    const untilMs = Date.now() + patienceMs
    for (;;) {
      const seen = await this.at(id)
      if (seen !== undefined && holds(seen)) return
      if (Date.now() > untilMs) assert.fail(`waited in vain until ${id} ${what}: ${JSON.stringify(seen)}`)
      await new Promise(resolve => setTimeout(resolve, 10))
    }
  }
}

function done(outcome: DatabaseOutcome) {
  if (!outcome.done) assert.fail(outcome.refusal)
  return outcome
}
