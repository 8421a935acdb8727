import type { View } from "../service/view.ts"
import { cores, duration, rate } from "../words/numbers.ts"
import { conditionOf } from "./condition-of.ts"
import { databaseNews, promotionOf } from "./database-news.ts"

/** All that a card says of an instance: in words, so that a figure that reads the same is not drawn again. */
export type CardWords = {
  readonly state: string
  readonly frozenUntilMs: number | undefined
  readonly isPromoted: boolean
  readonly isDatabase: boolean
  readonly role: string
  readonly version: string
  /** What there is to say of one that is not ready. */
  readonly why: string
  readonly perSecond: string
  readonly p99: string
  /** What a database does. */
  readonly news: string
  /** Of one core, in hundredths; undefined before it was sampled. */
  readonly cpu: number | undefined
  readonly cpuWords: string
}

/** Undefined for one that is neither there nor was a moment ago. */
export function cardWords(view: View, id: string): CardWords | undefined {
  const instance = view.state.instances.find(each => each.id === id)
  const ghost = instance === undefined ? view.ghosts.find(each => each.instance.id === id) : undefined
  const shown = instance ?? ghost?.instance
  if (shown === undefined) return undefined
  const isDatabase = shown.tier === "data"
  const sample = view.instances[id]
  const front = view.state.fronts.find(each => each.id === id)
  const isBusy = (sample?.requestsPerSecond ?? 0) > 0
  return {
    state: instance === undefined ? "gone" : conditionOf(instance),
    frozenUntilMs: instance?.frozenUntilMs,
    isPromoted: promotionOf(view, id) !== undefined,
    isDatabase,
    role: shown.role,
    version: shown.version,
    why: (instance === undefined ? ghost?.reason : (instance.progress ?? instance.warning)) ?? "",
    perSecond: sample === undefined ? "" : `${rate(sample.requestsPerSecond)}/s`,
    p99: front === undefined || !isBusy ? "" : `p99 ${duration(front.latencyMs.p99)}`,
    news: isDatabase ? databaseNews(view, id) : "",
    cpu: sample?.cpu === undefined ? undefined : Math.round(sample.cpu * 100) / 100,
    cpuWords: sample?.cpu === undefined ? "" : `${cores(sample.cpu)} cpu`,
  }
}
