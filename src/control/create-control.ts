import { createHash, timingSafeEqual } from "node:crypto"
import type { BanyanError } from "../kit/errors.ts"
import { groupNames, type Topology } from "../topology/topology.ts"
import type { Change, PlanView, StateView } from "../wire/admin.ts"
import { compareEpochs } from "../wire/epoch.ts"
import type { ServiceMap } from "../wire/map.ts"
import type { Hello } from "../wire/messages.ts"
import type { Report } from "../wire/report.ts"
import { Announcer } from "./announcer.ts"
import { viewPhases } from "./apply/plan-run.ts"
import { Publisher } from "./apply/publisher.ts"
import { untilWorld } from "./apply/wait.ts"
import type { Control, ControlOptions } from "./control.ts"
import { controlError } from "./control-errors.ts"
import { EventLog } from "./event-log.ts"
import type { PlanStart } from "./journal/journal-record.ts"
import type { JournalState } from "./journal/journal-state.ts"
import type { JournalWriter } from "./journal/journal-writer.ts"
import { ControlLoop } from "./loop.ts"
import { LinkServer } from "./observe/link-server.ts"
import { recoverMap } from "./observe/recover-map.ts"
import { TrafficMeter } from "./observe/traffic.ts"
import { World } from "./observe/world.ts"
import { type Overrides, overridesFor, withOverrides } from "./overrides.ts"
import type { Plan } from "./plan/plan.ts"
import { exitSentence, viewInstances } from "./state-view.ts"
import { takeOver } from "./take-over.ts"
import { changeTopology, emptied, sameTopology } from "./topology-change.ts"

const drainGraceMs = 5_000
const keptPlans = 50

export function createControl(options: ControlOptions): Control {
  return new ControlPlane(options)
}

class ControlPlane implements Control {
  readonly events: EventLog
  readonly #options: ControlOptions
  readonly #world: World
  readonly #links: LinkServer
  readonly #traffic = new TrafficMeter()
  readonly #announcer: Announcer
  readonly #deposed = Promise.withResolvers<BanyanError>()
  readonly #plans = new Map<string, PlanView>()
  readonly #startedAtMs: number
  readonly #unsubscribe: Array<() => void> = []
  #term = 0
  #planCount = 0
  #drainTimeoutMs: number
  #journal: JournalWriter | undefined
  #publisher: Publisher | undefined
  #loop: ControlLoop | undefined
  #introduced = false
  #raising = false

  constructor(options: ControlOptions) {
    const { driver, clock, log, paths, settings } = options
    this.#options = options
    this.#startedAtMs = clock.nowMs()
    this.#drainTimeoutMs = settings.drainTimeoutMs
    // Starting from the clock keeps the numbers of an earlier supervisor's events below these.
    this.events = new EventLog({ firstSeq: clock.nowMs() })
    this.#world = new World(driver, clock)
    this.#announcer = new Announcer(this.#world, this.events, clock, () => this.#readTraffic())
    this.#links = new LinkServer({
      path: paths.controlSocket,
      verify: hello => this.#verify(hello),
      onHello: hello => this.#heard(hello),
      onReport: report => this.#reported(report),
      onEnd: id => {
        this.#world.linkEnded(id)
        // The end of a link is often the first sign of a death.
        this.#refresh()
      },
      map: () => (this.#introduced ? this.#world.map : undefined),
      log,
    })
  }

  get deposed(): Promise<BanyanError> {
    return this.#deposed.promise
  }

  async start(): Promise<void> {
    const { driver, clock, settings, topologySource } = this.#options
    this.#unsubscribe.push(driver.subscribe(() => this.#refresh()))
    this.#unsubscribe.push(this.#world.onChange(() => this.#announcer.nudge()))
    await this.#links.listen()
    const { term, writer, state } = await takeOver(this.#options, this.#world)
    this.#term = term
    this.#journal = writer
    this.#publisher = this.#makePublisher(writer)
    const wished = withOverrides(await topologySource.base(), await topologySource.overrides.read())
    const anyAlive = this.#world.instances().some(instance => instance.state !== "exited")
    const map =
      (anyAlive ? state.map : undefined) ??
      recoverMap(this.#world.instances(), this.#world.reports(), wished.stage, settings.drainTimeoutMs)
    this.#introduced = true
    await this.#publisher.republish(term, map)
    // Everybody confirms the map it already has, so that nothing is mistaken for unfinished.
    const confirmed = () =>
      this.#world.reports().every(report => compareEpochs(report.epoch, this.#epoch()) >= 0)
    await untilWorld(this.#world, clock, confirmed, { timeoutMs: settings.helloTimeoutMs ?? 1_500 })

    const loop = this.#makeLoop(writer, wished, state.lastPlan)
    this.#loop = loop
    this.#unsubscribe.push(this.#world.onChange(() => loop.wake()))
    // A `down` that ended because the machine did is over: whoever starts Banyan again wants it up.
    if (state.unfinished !== undefined && (anyAlive || state.unfinished.start.kind !== "down"))
      await this.#resume(loop, state.unfinished)
    loop.wake()
  }

  /** Goes on where an earlier control plane stopped. */
  async #resume(
    loop: ControlLoop,
    { start, undoing }: NonNullable<JournalState["unfinished"]>,
  ): Promise<void> {
    const { log, topologySource } = this.#options
    log.info({ plan: start.plan.id, undoing: undoing !== undefined }, "going on with an unfinished plan")
    this.#drainTimeoutMs = start.drainTimeoutMs
    if (undoing !== undefined) await this.#restore(start)
    else if (start.kind === "change") await topologySource.overrides.write(start.overrides ?? undefined)
    // A repair mends toward what is wanted now.
    const goal = start.kind === "repair" ? { ...start, desired: loop.desired, previous: loop.desired } : start
    await loop.exclusively(() =>
      loop.begin(goal, { resumed: true, ...(undoing === undefined ? {} : { resumedBecause: undoing }) }),
    )
  }

  change(change: Change): Promise<PlanView | undefined> {
    const loop = this.#running()
    return loop.exclusively(async () => {
      const { topologySource, clock } = this.#options
      this.#refuseWhileBusy(loop)
      const base = await topologySource.base()
      const desired = changeTopology(loop.desired, change, base)
      const before = await topologySource.overrides.read()
      const after = sameTopology(desired, base)
        ? undefined
        : overridesFor(desired, wordsOf(change), clock.nowMs())
      if (sameTopology(desired, loop.desired)) {
        if (after === undefined && before !== undefined) await topologySource.overrides.write(undefined)
        return undefined
      }
      const start = this.#planStart("change", wordsOf(change), desired, before, after)
      const run = await loop.begin(start, { resumed: false })
      await topologySource.overrides.write(after)
      return run.view()
    })
  }

  async preview(change: Change): Promise<PlanView> {
    const loop = this.#running()
    const desired = changeTopology(loop.desired, change, await this.#options.topologySource.base())
    return this.#proposed(wordsOf(change), desired, loop.forecast(desired))
  }

  down(options: { drainTimeoutMs?: number } = {}): Promise<PlanView | undefined> {
    const loop = this.#running()
    return loop.exclusively(async () => {
      if (loop.run?.kind === "down") return loop.run.view()
      this.#drainTimeoutMs = options.drainTimeoutMs ?? this.#options.settings.drainTimeoutMs
      const start = this.#planStart("down", "down", emptied(loop.desired), undefined, undefined)
      return (await loop.begin(start, { resumed: false })).view()
    })
  }

  plan(id: string): PlanView | undefined {
    return this.#plans.get(id)
  }

  reports(): readonly Report[] {
    return this.#world.reports()
  }

  state(): StateView {
    const loop = this.#loop
    const desired =
      loop?.desired ?? emptied({ stage: "single", instances: { postgres: 0, app: 0, web: 0, edge: 0 } })
    const run = loop?.run
    const { stage, instances } = desired
    return {
      schema: 1,
      stage: run?.kind === "change" && run.undoing === undefined ? run.start.previous.stage : stage,
      desired: { stage, instances },
      settled: loop?.settled ?? false,
      epoch: this.#epoch(),
      service: this.#options.settings.service,
      supervisor: { pid: process.pid, startedAtMs: this.#startedAtMs },
      instances: viewInstances(this.#world),
      traffic: this.#readTraffic(),
      plan: run?.view() ?? null,
      lastPlan: loop?.lastPlan ?? null,
    }
  }

  async kill(id: string, signal: NodeJS.Signals): Promise<void> {
    const instance = this.#world.instance(id)
    if (instance === undefined || instance.state === "exited") {
      const living = this.#world.instances().filter(each => each.state !== "exited")
      throw controlError("BN1306", { id, known: living.map(each => each.id).join(", ") || "none" })
    }
    this.#options.log.info({ instance: id, signal }, "signal sent on request")
    await this.#options.driver.signal(instance.id, signal, this.#epoch())
  }

  async stop(): Promise<void> {
    for (const unsubscribe of this.#unsubscribe) unsubscribe()
    this.#announcer.close()
    this.#loop?.stop()
    this.#journal?.stop()
    await this.#links.close()
  }

  #makePublisher(journal: JournalWriter): Publisher {
    return new Publisher({
      journal,
      current: () => this.#world.map!,
      context: () => ({
        desired: this.#loop!.desired,
        drainTimeoutMs: this.#drainTimeoutMs,
        placeOf: id => this.#world.instance(id),
      }),
      send: map => this.#send(map),
    })
  }

  #makeLoop(journal: JournalWriter, desired: Topology, lastPlan: PlanView | undefined): ControlLoop {
    const { driver, clock, log, settings } = this.#options
    const context = {
      world: this.#world,
      driver,
      publisher: this.#publisher!,
      clock,
      version: settings.version,
      readyTimeoutMs: settings.readyTimeoutMs,
      drainDeadlineMs: () => this.#drainTimeoutMs + (settings.drainGraceMs ?? drainGraceMs),
      epoch: () => this.#epoch(),
      map: () => this.#world.map!,
    }
    const loopOptions = {
      context,
      journal,
      clock,
      log,
      repair: (wanted: Topology, plan: Plan) =>
        this.#planStart("repair", this.#whyRepair(plan), wanted, undefined, undefined),
      restore: (start: PlanStart) => this.#restore(start),
      onPlan: (view: PlanView) => this.#planMoved(view),
      onDeposed: (error: BanyanError) => {
        log.error({ err: error }, error.message)
        this.#deposed.resolve(error)
      },
    }
    return new ControlLoop(loopOptions, desired, lastPlan)
  }

  #planStart(
    kind: PlanStart["kind"],
    trigger: string,
    desired: Topology,
    before: Overrides | undefined,
    after: Overrides | undefined,
  ): PlanStart {
    const loop = this.#running()
    if (kind !== "down") this.#drainTimeoutMs = this.#options.settings.drainTimeoutMs
    return {
      type: "plan-start",
      kind,
      plan: {
        ...this.#proposed(trigger, desired, loop.forecast(desired)),
        id: `plan-${this.#term}-${++this.#planCount}`,
        state: "running",
        startedAtMs: this.#options.clock.nowMs(),
      },
      desired,
      previous: loop.desired,
      overrides: after ?? null,
      previousOverrides: before ?? null,
      drainTimeoutMs: this.#drainTimeoutMs,
    }
  }

  #proposed(trigger: string, desired: Topology, plan: Plan): PlanView {
    const from = this.#running().desired.stage
    return {
      id: "proposed",
      trigger,
      from,
      to: desired.stage,
      phases: viewPhases(plan.phases),
      state: "proposed",
    }
  }

  #whyRepair(plan: Plan): string {
    const dead = this.#world.instances().filter(instance => instance.state === "exited")
    if (dead.length > 0) return dead.map(exitSentence).join(", ")
    if (this.#world.instances().length === 0) return "start"
    const ids = new Set(plan.phases[0]?.map(step => step.id))
    return `${[...ids].join(", ")} not in place`
  }

  #refuseWhileBusy({ run }: ControlLoop): void {
    if (run?.kind === "down") throw controlError("BN1307")
    if (run?.kind === "change")
      throw controlError("BN1305", { plan: run.id, trigger: run.start.plan.trigger })
  }

  #running(): ControlLoop {
    if (this.#loop === undefined) throw controlError("BN1308")
    return this.#loop
  }

  async #restore(start: PlanStart): Promise<void> {
    await this.#options.topologySource.overrides.write(start.previousOverrides ?? undefined)
  }

  #planMoved(view: PlanView): void {
    this.#plans.delete(view.id)
    this.#plans.set(view.id, view)
    for (const id of this.#plans.keys()) if (this.#plans.size > keptPlans) this.#plans.delete(id)
    this.events.append({ type: "plan", at: this.#options.clock.nowMs(), plan: view })
  }

  #send(map: ServiceMap): void {
    this.#world.follow(map)
    this.#links.publish(map)
    this.events.append({ type: "map", at: this.#options.clock.nowMs(), epoch: map.epoch })
  }

  async #verify(hello: Hello): Promise<boolean> {
    if (this.#world.instance(hello.id) === undefined || !this.#believes(hello))
      await this.#world.refresh().catch(() => {})
    return this.#believes(hello)
  }

  #believes({ id, token }: Hello): boolean {
    const instance = this.#world.instance(id)
    if (instance === undefined || instance.state === "exited" || instance.tokenHash === "") return false
    const hash = createHash("sha256").update(token).digest()
    const expected = Buffer.from(instance.tokenHash, "hex")
    return hash.length === expected.length && timingSafeEqual(hash, expected)
  }

  #heard(hello: Hello): void {
    this.#world.hello(hello)
    if (this.#introduced && compareEpochs(hello.epoch, this.#epoch()) > 0)
      void this.#raiseTerm(hello.epoch.term)
  }

  /** A process has seen a newer term than the journal knew (it was lost): it would refuse our maps. */
  async #raiseTerm(seen: number): Promise<void> {
    const { driver, clock, log } = this.#options
    if (this.#raising || this.#publisher === undefined || this.#journal === undefined) return
    this.#raising = true
    try {
      const term = Math.max(this.#term, seen) + 1
      await this.#journal.append({ type: "term-start", term, atMs: clock.nowMs() })
      await driver.fence({ term, counter: 0 })
      this.#term = term
      await this.#publisher.republish(term, this.#world.map!)
    } catch (error) {
      log.error({ err: error }, "the term could not be raised")
    } finally {
      this.#raising = false
    }
  }

  #reported(report: Report): void {
    this.#traffic.sample(report, this.#options.clock.nowMs())
    this.#world.report(report)
  }

  #readTraffic(): StateView["traffic"] {
    return this.#traffic.read(this.#world.reports(), this.#options.clock.nowMs())
  }

  #refresh(): void {
    // A driver that lost its agent cannot answer; it tells when it is back.
    this.#world.refresh().catch(() => {})
  }

  #epoch() {
    return this.#world.map?.epoch ?? { term: this.#term, counter: 0 }
  }
}

/** `scale web=4`: a change in the words of the command line. */
function wordsOf(change: Change): string {
  if (change.type !== "scale") return change.type
  const parts = groupNames.flatMap(group =>
    change.instances[group] === undefined ? [] : [`${group}=${change.instances[group]}`],
  )
  return ["scale", ...parts].join(" ")
}
