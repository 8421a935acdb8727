import { type Random, randomInt, seededRandom } from "../../../kit/random.ts"
import { holdSse } from "../../load/hold-sse.ts"
import { holdWebSocket } from "../../load/hold-web-socket.ts"
import type { LoadOptions, LoadReport, LoadRequest, Scenario } from "../../load/load.ts"
import { runLoad } from "../../load/run-load.ts"
import { slowUpload } from "../../load/slow-upload.ts"
import type { StreamReport } from "../../load/stream-probe.ts"

export type VisitorsOptions = Pick<LoadOptions, "target" | "rps" | "seed"> &
  Partial<Pick<LoadOptions, "onBegin" | "onTick" | "tickMs">> & {
    /** Event streams, WebSockets and slow uploads that are always there: so many of each. */
    readonly streamsOfEach: number
  }

export type VisitorsReport = { readonly load: LoadReport; readonly streams: readonly StreamReport[] }

/** They stay until they are told to go. */
const endlessMs = 24 * 3_600_000
const timeoutMs = 15_000
const newConnectionShare = 0.2
const postShare = 0.2
/** Shorter than a drain: an upload that has begun must be answered. */
const uploadMs = 700
const uploadBody = "u".repeat(4000)
/** After a stream that could not be opened: the next one shall not hammer. */
const afterRefusalMs = 200

/**
 * Who comes through a front door while it is changed: requests at times fixed beforehand, on new and on kept-alive
 * connections, and streams, each opened anew when it has ended. Nobody ever asks twice for the same thing.
 */
export class Visitors {
  readonly #options: VisitorsOptions
  readonly #leave = new AbortController()
  readonly #load: Promise<LoadReport>
  readonly #streams: Promise<StreamReport[]>

  private constructor(options: VisitorsOptions, onBegin: () => void) {
    this.#options = options
    const { target, rps, seed } = options
    this.#load = runLoad({
      ...options,
      target,
      scenario: new ShortRequests(seededRandom(seed)),
      rps,
      durationMs: endlessMs,
      enough: this.#leave.signal,
      arrivals: "poisson",
      newConnectionShare,
      timeoutMs,
      onBegin,
    })
    this.#streams = this.#holdStreams()
    // Whoever tells them to leave hears of a failure.
    this.#load.catch(() => {})
  }

  /** Resolves when the first requests leave. */
  static async come(options: VisitorsOptions): Promise<Visitors> {
    const begun = Promise.withResolvers<void>()
    const visitors = new Visitors(options, () => {
      options.onBegin?.()
      begun.resolve()
    })
    await Promise.race([begun.promise, visitors.#load])
    return visitors
  }

  /** No more requests; resolves with what became of all, once the last answers and uploads are there. */
  async leave(): Promise<VisitorsReport> {
    this.#leave.abort()
    const [load, streams] = await Promise.all([this.#load, this.#streams])
    return { load, streams }
  }

  async #holdStreams(): Promise<StreamReport[]> {
    const { target, streamsOfEach } = this.#options
    const { signal } = this.#leave
    const kinds: ReadonlyArray<() => Promise<StreamReport>> = [
      () => holdSse({ target, path: "/events" }, signal),
      () => holdWebSocket({ target, path: "/live" }, signal),
      // Not given the signal: an upload that has begun is awaited.
      () => slowUpload({ target, path: "/upload", body: uploadBody, overMs: uploadMs }),
    ]
    const held = kinds.flatMap(hold => Array.from({ length: streamsOfEach }, () => this.#again(hold)))
    return (await Promise.all(held)).flat()
  }

  async #again(hold: () => Promise<StreamReport>): Promise<StreamReport[]> {
    const { signal } = this.#leave
    const reports: StreamReport[] = []
    while (!signal.aborted) {
      const report = await hold()
      // Who left at the door saw nothing of it.
      if (report.opened || report.end !== "stopped") reports.push(report)
      if (!report.opened) await new Promise(resolve => setTimeout(resolve, afterRefusalMs))
    }
    return reports
  }
}

/** What costs least to ask for: the front door and not the app is what is looked at. */
class ShortRequests implements Scenario {
  readonly #random: Random

  constructor(random: Random) {
    this.#random = random
  }

  next(): LoadRequest {
    const isPost = this.#random() < postShare
    return isPost ? posts[randomInt(this.#random, posts.length)]! : get
  }
}

const get: LoadRequest = { kind: "get", method: "GET", target: "/" }
const posts: readonly LoadRequest[] = [10, 200, 2000].map(bytes => ({
  kind: "post",
  method: "POST",
  target: "/upload",
  fields: ["Content-Type", "text/plain"],
  body: "p".repeat(bytes),
}))
