import { type BanyanError, messageOf } from "../kit/errors.ts"
import type { Ladder } from "../topology/stages.ts"
import type { Topology } from "../topology/topology.ts"
import type { Change, PlanView, Preview } from "../wire/admin.ts"
import { compareEpochs, type Epoch, newestEpoch, zeroEpoch } from "../wire/epoch.ts"
import type { Challenge, Front, ServiceMap } from "../wire/map.ts"
import { type ConnectionShare, connectionShares } from "./apply/connection-share.ts"
import { openFrontsOf, withChallenges, withConnectionShare } from "./apply/edit-map.ts"
import { Publisher } from "./apply/publisher.ts"
import { untilWorld } from "./apply/wait.ts"
import type { ControlOptions } from "./control.ts"
import { controlError } from "./control-errors.ts"
import { beginRestarts, forecastSettings, tellSettings } from "./database-settings.ts"
import { chosen, planAfterTheEndOf } from "./instance-wish.ts"
import type { PlanStart } from "./journal/journal-record.ts"
import type { JournalState } from "./journal/journal-state.ts"
import { ControlLoop } from "./loop.ts"
import { primaryOf } from "./observe/database-watch.ts"
import type { World } from "./observe/world.ts"
import { overridesFor } from "./overrides.ts"
import { OverridesKeeper } from "./overrides-keeper.ts"
import type { Wish } from "./plan/asked.ts"
import type { Plan } from "./plan/plan.ts"
import { PlanStarts, type PlanWish, proposePlan, whyRepair } from "./plan-starts.ts"
import { refuseWithoutRoom } from "./room-for-copies.ts"
import type { TakeOver } from "./take-over.ts"
import { changeTopology, emptied, ladderFor, sameTopology } from "./topology-change.ts"

const drainGraceMs = 5_000
/** How often the far side is asked whether it has seen a newer control plane. */
const officeCheckEveryMs = 1_000
/** A front door that has not said by then that it follows the map may be dying. */
const challengesTimeoutMs = 5_000

export type ReignOptions = {
  readonly control: ControlOptions
  readonly world: World
  readonly takenOver: TakeOver
  /** What the files want, when no plan says otherwise. */
  readonly wished: Topology
  readonly send: (map: ServiceMap) => void
  readonly onPlan: (view: PlanView) => void
  readonly onDeposed: (error: BanyanError) => void
  /** Makes sure that processes still link to this control plane. */
  readonly keepPlace: () => Promise<void>
}

/** A control plane in office: what it may do between taking over and being replaced. */
export class Reign {
  readonly loop: ControlLoop
  readonly #options: ReignOptions
  readonly #publisher: Publisher
  readonly #planStarts: PlanStarts
  readonly #overrides: OverridesKeeper
  readonly #ladder: Ladder
  readonly #connectionShare: ConnectionShare
  #term: number
  #raising = false
  #newestSeen = zeroEpoch
  #drainTimeoutMs: number
  #cancelCheck: (() => void) | undefined

  constructor(options: ReignOptions) {
    const { control, takenOver } = options
    this.#options = options
    this.#term = takenOver.term
    this.#ladder = ladderFor(control.settings.ladder, control.driver)
    this.#drainTimeoutMs = control.settings.drainTimeoutMs
    this.#planStarts = new PlanStarts(control.clock, takenOver.term)
    this.#overrides = new OverridesKeeper(control.topologySource.overrides, control.log)
    const most = control.settings.maxDatabaseConnections
    this.#connectionShare = connectionShares(options.world, () => this.loop.desired, most)
    this.#publisher = this.#makePublisher()
    this.loop = this.#makeLoop()
    options.world.marks = { ...options.world.marks, asked: () => this.loop.run?.asks ?? null }
  }

  get epoch(): Epoch {
    return this.#options.world.map?.epoch ?? { term: this.#term, counter: 0 }
  }

  /** What keeps it from acting at this moment. */
  get trouble(): BanyanError | undefined {
    return this.#options.takenOver.writer.trouble
  }

  /** Shows this term to everybody, with the map they already have. */
  introduce(map: ServiceMap): Promise<void> {
    return this.#publisher.republish(this.#term, () => withConnectionShare(map, this.#connectionShare([])))
  }

  /** Goes on where an earlier control plane stopped. */
  async resume({ start, undoing }: NonNullable<JournalState["unfinished"]>): Promise<void> {
    const { loop } = this
    const { log } = this.#options.control
    log.info({ plan: start.plan.id, undoing: undoing !== undefined }, "going on with an unfinished plan")
    this.#drainTimeoutMs = start.drainTimeoutMs
    if (undoing !== undefined) await this.#overrides.say(start.previousOverrides)
    else if (start.kind === "change") await this.#overrides.say(start.overrides)
    // A repair mends toward what is wanted now.
    const goal = start.kind === "repair" ? { ...start, desired: loop.desired, previous: loop.desired } : start
    await loop.exclusively(() =>
      loop.begin(goal, { resumed: true, ...(undoing === undefined ? {} : { resumedBecause: undoing }) }),
    )
  }

  change(change: Change): Promise<PlanView | undefined> {
    const { loop, trouble } = this
    const { topologySource, clock } = this.#options.control
    // Behind a record that waits for the journal a wish would wait too, and nobody would say why.
    if (trouble !== undefined) return Promise.reject(trouble)
    return loop.exclusively(async () => {
      this.#refuseWhileBusy()
      const base = await topologySource.base()
      if (change.type === "apply") await tellSettings(this.#options.control, this.#options.world, this.epoch)
      const { world } = this.#options
      const { wish, words } = chosen(world, change, clock.nowMs())
      const desired = changeTopology(loop.desired, change, base, this.#ladder)
      if (wish?.primary !== undefined && wish.primary === primaryOf(world.map)?.id) return undefined
      await refuseWithoutRoom(loop.desired, desired, this.#options)
      const before = await this.#overrides.read()
      const isSame = sameTopology(desired, loop.desired)
      const said = sameTopology(desired, base) ? undefined : overridesFor(desired, words, clock.nowMs())
      // Who is wished for changes nothing of what was said.
      const after = isSame && wish !== undefined ? before : said
      if (isSame && wish === undefined) {
        if (after === undefined && before !== undefined) await this.#overrides.say(undefined)
        return beginRestarts(loop, () => this.#planStarts.make(this.#wish("repair", words, desired)))
      }
      const start = this.#planStarts.make({ ...this.#wish("change", words, desired, wish), before, after })
      const run = await loop.begin(start, { resumed: false })
      await this.#overrides.say(after)
      return run.view()
    })
  }

  async preview(change: Preview): Promise<PlanView> {
    const { loop } = this
    const { world, control } = this.#options
    const { desired: from } = loop
    if (change.type === "kill") return planAfterTheEndOf(change.id, world, from, control)
    const { wish, words } = chosen(world, change, control.clock.nowMs())
    const to = changeTopology(from, change, await control.topologySource.base(), this.#ladder)
    await refuseWithoutRoom(from, to, this.#options)
    const restarts = change.type === "apply" ? await forecastSettings(control, world, this.epoch, to) : []
    return proposePlan(words, from.stage, to.stage, loop.forecast(to, wish), restarts)
  }

  down(drainTimeoutMs: number | undefined): Promise<PlanView> {
    const { loop, trouble } = this
    if (trouble !== undefined) return Promise.reject(trouble)
    return loop.exclusively(async () => {
      if (loop.run?.kind === "down") return loop.run.view()
      this.#drainTimeoutMs = drainTimeoutMs ?? this.#options.control.settings.drainTimeoutMs
      const start = this.#planStarts.make(this.#wish("down", "down", emptied(loop.desired)))
      return (await loop.begin(start, { resumed: false })).view()
    })
  }

  /** Resolves when every open front door answers so, or does not say in time: the authority will see. */
  async publishChallenges(challenges: readonly Challenge[]): Promise<void> {
    const { world, control } = this.#options
    if (challenges.length === 0 && world.map?.challenges === undefined) return
    await this.#publisher.amend(map => withChallenges(map, challenges))
    const { epoch } = this
    const isTold = ({ id }: Front) => compareEpochs(world.reportOf(id)?.epoch ?? zeroEpoch, epoch) >= 0
    const allTold = () => openFrontsOf(world.map).every(isTold)
    await untilWorld(world, control.clock, allTold, { timeoutMs: challengesTimeoutMs })
  }

  /** A process that has seen a newer epoch (the journal was lost) would refuse our maps: the term rises above it. */
  async outdo(seen: Epoch): Promise<void> {
    this.#newestSeen = newestEpoch(this.#newestSeen, seen)
    if (this.#raising) return
    this.#raising = true
    try {
      // While one is being outdone, another may tell of a newer one.
      while (compareEpochs(this.#newestSeen, this.epoch) > 0) await this.#raiseTerm(this.#newestSeen.term)
    } catch (error) {
      this.#options.control.log.error({ err: error }, "the term could not be raised; trying again")
    } finally {
      this.#raising = false
    }
  }

  async #raiseTerm(above: number): Promise<void> {
    const { driver, clock } = this.#options.control
    const term = Math.max(this.#term, above) + 1
    await this.#options.takenOver.writer.append({ type: "term-start", term, atMs: clock.nowMs() })
    await driver.fence({ term, counter: 0 })
    this.#term = term
    await this.#publisher.republish(term, () => this.#map())
  }

  /**
   * Notices that a newer control plane acts here, even with nothing to do: as long as this one lives it holds its
   * links, and the newer one cannot reach the processes at their other ends. While there is none, it keeps its place.
   */
  watchOffice(): void {
    const { control } = this.#options
    this.#cancelCheck = control.clock.after(officeCheckEveryMs, () => void this.#checkOffice())
  }

  async #checkOffice(): Promise<void> {
    const { control, onDeposed, keepPlace } = this.#options
    const seen = await control.driver.epoch().catch(() => undefined)
    if (this.#cancelCheck === undefined) return
    if (seen !== undefined && !this.#raising && seen.term > this.#term) {
      this.end()
      return onDeposed(controlError("BN1322", { term: this.#term }))
    }
    await keepPlace().catch(error => control.log.error({ err: error }, `links: ${messageOf(error)}`))
    await this.#keepOverrides().catch(error => control.log.error({ err: error }, messageOf(error)))
    void this.outdo(this.#newestSeen)
    if (this.#cancelCheck !== undefined) this.watchOffice()
  }

  /** A plan may have waited for them to end. */
  async #keepOverrides(): Promise<void> {
    const wasKept = this.#overrides.isKept
    await this.#overrides.keep()
    if (!wasKept && this.#overrides.isKept) this.loop.wake()
  }

  end(): void {
    this.#cancelCheck?.()
    this.#cancelCheck = undefined
    this.loop.stop()
    this.#options.takenOver.writer.stop()
  }

  #map(): ServiceMap {
    const { map } = this.#options.world
    if (map === undefined) throw controlError("BN1308")
    return map
  }

  #makePublisher(): Publisher {
    const { world, takenOver, send } = this.#options
    return new Publisher({
      journal: takenOver.writer,
      current: () => this.#map(),
      context: () => ({
        desired: this.loop.desired,
        drainTimeoutMs: this.#drainTimeoutMs,
        connectionShare: this.#connectionShare,
        placeOf: id => world.instance(id),
        keyedRoutesOf: id => world.reportOf(id)?.manifest?.keyedRoutes,
      }),
      send,
    })
  }

  #makeLoop(): ControlLoop {
    const { control, world, takenOver, wished, onPlan, onDeposed } = this.#options
    const { driver, clock, log, paths, settings } = control
    const context = {
      world,
      driver,
      publisher: this.#publisher,
      clock,
      version: settings.version,
      readyTimeoutMs: settings.readyTimeoutMs,
      hungAfterMs: settings.hungAfterMs,
      drainDeadlineMs: () => this.#drainTimeoutMs + (settings.drainGraceMs ?? drainGraceMs),
      epoch: () => this.epoch,
      map: () => this.#map(),
      desired: () => this.loop.desired,
      connectionShare: this.#connectionShare,
      logOf: (id: string) => `${paths.logs}/${id}.log`,
      wordsOf: (id: string) => world.lastWords(id) ?? control.lastLogLines?.(id),
    }
    const repair = (desired: Topology, plan: Plan) =>
      this.#planStarts.make(this.#wish("repair", whyRepair(world, plan), desired))
    const restore = (start: PlanStart) => this.#overrides.say(start.previousOverrides)
    const isKept = () => this.#overrides.isKept
    const journal = takenOver.writer
    const loop = { context, journal, clock, log, repair, restore, isKept, onPlan, onDeposed }
    return new ControlLoop(loop, wished, takenOver.state.lastPlan)
  }

  #wish(kind: PlanStart["kind"], trigger: string, desired: Topology, wish?: Wish): PlanWish {
    const { loop } = this
    if (kind === "change") this.#drainTimeoutMs = this.#options.control.settings.drainTimeoutMs
    const forecast = loop.forecast(desired, wish)
    const { desired: previous } = loop
    return { kind, trigger, desired, previous, forecast, drainTimeoutMs: this.#drainTimeoutMs, ...wish }
  }

  #refuseWhileBusy(): void {
    const { run } = this.loop
    if (run?.kind === "down") throw controlError("BN1307")
    if (run?.kind === "change")
      throw controlError("BN1305", { plan: run.id, trigger: run.start.plan.trigger })
  }
}
