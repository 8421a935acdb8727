import { seededRandom } from "../../kit/random.ts"
import { ownNetwork, packetFilter } from "../faults/own-network.ts"
import { type Drill, type DrillContext, type Episode, isWanted } from "./drill.ts"
import { strikeUnderLoad } from "./kill-any/fault-episode.ts"
import { endingScene, freezeScene, packetCutScene, type Scene } from "./kill-any/fault-scenes.ts"
import { fullSeries, nameOf, type Planned, shortSeries } from "./kill-any/fault-series.ts"
import { LinkProxies } from "./kill-any/link-proxies.ts"
import { recordedExcuses } from "./stage/fault-costs.ts"
import { onOwnService, type Stage } from "./stage/on-own-service.ts"

/** Longer than what heals by itself, and short enough that clients are still waiting when who hangs is replaced. */
const hungAfterMs = 5000

/** Under load every process in turn is killed, frozen for a while and for good, and every link is cut. */
export const killAny: Drill = {
  name: "kill-any",
  claim:
    "any process may be killed, or hang: it is replaced, and costs at most what was on a connection to it; a web instance no repeatable request, the database, supervisor and agent nothing. A freeze of any process, or a cut of any link, that is over in three seconds costs waiting and nothing else",
  dropsPackets: true,
  async run(context) {
    const options = { drainTimeoutMs: 2000, hungAfterMs, excuses: recordedExcuses() }
    return onOwnService("kill-any", options, context, async stage => {
      const proxies = new LinkProxies(stage)
      for (const { name, seed, planned } of triable(episodesOf(context), stage)) {
        context.signal.throwIfAborted()
        await bringTo(planned, stage)
        const scene = await sceneOf(planned, seed, proxies, stage)
        const episode = await strikeUnderLoad(name, scene, seed, stage)
        stage.note(episode, wordsOf(episode))
      }
    })
  },
}

/** `name` says how manieth of its kind it is: `kill web 3/20`. */
type Numbered = { readonly name: string; readonly seed: number; readonly planned: Planned }

function episodesOf(context: DrillContext): Numbered[] {
  const { short, seed } = context
  const series = short ? shortSeries(seed) : fullSeries()
  const counts = new Map<string, number>()
  return series
    .map((planned, index) => {
      const kind = nameOf(planned)
      const nth = (counts.get(kind) ?? 0) + 1
      counts.set(kind, nth)
      const of = series.filter(each => nameOf(each) === kind).length
      return { planned, seed: seed + index, name: `${kind} ${nth}/${of}` }
    })
    .filter(({ name }) => isWanted(name, context))
}

/** Without those that cannot be struck here, which is told. */
function triable(episodes: readonly Numbered[], { faults }: Stage): readonly Numbered[] {
  const byProgram = episodes.filter(({ planned }) => planned.fault !== "cut" || planned.by !== "packets")
  if (packetFilter() !== undefined || byProgram.length === episodes.length) return episodes
  const network = ownNetwork()
  const { why, remedy } = network.possible
    ? {
        why: "this process is not in a network of its own",
        remedy: "run it by `npx banyan drill`, which enters one",
      }
    : network
  faults.skip({ name: "cut", subject: "client-edge, packets dropped", why, remedy })
  return byProgram
}

async function sceneOf(planned: Planned, seed: number, proxies: LinkProxies, stage: Stage): Promise<Scene> {
  if (planned.fault === "cut") {
    const { link, ways, by } = planned
    if (by === "packets") return packetCutScene(link, ways, stage)
    if (!proxies.areThere) await stage.faults.inject(proxies)
    return proxies.cutScene(link, ways)
  }
  const { fault, victim } = planned
  const random = seededRandom(seed)
  return fault === "freeze" ? freezeScene(victim, random, stage) : endingScene(fault, victim, random, stage)
}

async function bringTo(planned: Planned, { service }: Stage): Promise<void> {
  const { stage } = await service.settled()
  if (stage !== planned.stage) await service.change({ type: stage === "single" ? "grow" : "shrink" })
  const edge = (planned.fault === "cut" ? undefined : planned.fronts) ?? 1
  const areThere = (await service.settled()).desired.instances["edge"] === edge
  if (planned.stage === "balanced" && !areThere) await service.change({ type: "scale", instances: { edge } })
}

function wordsOf({ name, tookMs, load, excused, violations }: Episode): string {
  const why = Object.entries(excused).map(([words, count]) => `${count} excused: ${words}`)
  const verdict = violations.length === 0 ? "ok" : `VIOLATED: ${violations.slice(0, 3).join("; ")}`
  return [
    name,
    `whole after ${tookMs} ms`,
    `${load.sent} requests`,
    `${load.failed} failed`,
    `longest wait ${Math.round(load.latencyMs.max)} ms`,
    ...why,
    verdict,
  ].join("  ")
}
