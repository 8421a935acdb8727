import { randomUUID } from "node:crypto"
import { setTimeout as sleep } from "node:timers/promises"
import { exponential, type Random, randomInt, seededRandom } from "../../../kit/random.ts"
import type { Verdict } from "../../checkers/checker.ts"
import { everyChecker } from "../../checkers/every-checker.ts"
import type { Excuse } from "../../checkers/excuse.ts"
import type { Intent, Result } from "../../history/history.ts"
import { readHistory } from "../../history/history-reader.ts"
import { HistoryWriter } from "../../history/history-writer.ts"
import type { LoadTarget } from "../../load/load.ts"
import { type BeigelSession, beigelSession, everyPost } from "./beigel-client.ts"
import { type Asked, ask } from "./plain-http.ts"

const sessionCount = 3
const pauseMeanMs = 60
/** Marks the posts of this history among those of other clients. */
const mark = "ledger"

type Change = Omit<Intent, "id" | "session"> & { readonly method: string; readonly value: string }
type Recorded = BeigelSession & { readonly name: string; readonly registerId: string }

/**
 * A few users whose every write and read is written down, the intent on disk before it is sent. Each has a post of its
 * own, edited again and again (a register, read by all of them), and adds posts to one café (a list); every second write has a key by which it may be repeated. What they saw is
 * judged afterwards by checkers that know nothing else.
 */
export class RecordedSessions {
  /** Set while there are replicas: then only what a session wrote and saw itself binds its reads. */
  readsMayLag = false
  #target: LoadTarget
  readonly #path: string
  readonly #history: HistoryWriter
  readonly #random: Random
  readonly #stop = new AbortController()
  #sessions: readonly Recorded[] = []
  #running: Promise<unknown> = Promise.resolve()

  private constructor(target: LoadTarget, path: string, history: HistoryWriter, seed: number) {
    this.#target = target
    this.#path = path
    this.#history = history
    this.#random = seededRandom(seed)
  }

  /** Signs up, writes each register once, and begins. */
  static async start(options: {
    readonly target: LoadTarget
    readonly path: string
    readonly title: string
    readonly seed: number
    readonly readsMayLag?: boolean
  }): Promise<RecordedSessions> {
    const { target, path, title, seed, readsMayLag = false } = options
    const recorded = new RecordedSessions(
      target,
      path,
      await HistoryWriter.create(path, { title, seed }),
      seed,
    )
    recorded.readsMayLag = readsMayLag
    const sessions: Recorded[] = []
    for (let nth = 1; nth <= sessionCount; nth++) sessions.push(await recorded.#register(`session-${nth}`))
    recorded.#sessions = sessions
    recorded.#running = Promise.all(sessions.map(session => recorded.#act(session)))
    return recorded
  }

  /** Another way to the same service: a proxy in front of it. */
  goTo(target: LoadTarget): void {
    this.#target = target
  }

  /** Notes a fault before it strikes, its end, or a plan's step. */
  event(name: string, subject: string, detail?: string): Promise<void> {
    return this.#history.event(name, subject, detail)
  }

  /** Ends the sessions, each after the answer it waits for. */
  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#running
  }

  /** Ends the sessions, reads everything that is there, and judges. */
  async judge(excuses: readonly Excuse[]): Promise<readonly Verdict[]> {
    await this.stop()
    for (const session of this.#sessions) await this.#read(session, session.registerId)
    this.#history.final(this.#sessions[0]!.cafeId, await this.#everyPost())
    await this.#history.close()
    const history = await readHistory(this.#path)
    return everyChecker(excuses).map(checker => checker.check(history))
  }

  async #register(name: string): Promise<Recorded> {
    const session = await beigelSession(this.#target)
    const text = `${mark} register ${name} ${randomUUID()}`
    const posted = await this.#ask(session, "POST", `/api/cafes/${session.cafeId}/posts`, { text })
    const { id } = posted.json as { id: string }
    const recorded = { ...session, name, registerId: id }
    // From here on the register is only set by writes that are in the history.
    await this.#write(recorded)
    return recorded
  }

  async #act(session: Recorded): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted) {
      await sleep(exponential(this.#random, pauseMeanMs), undefined, { signal }).catch(() => {})
      const dice = this.#random()
      if (dice < 0.35) await this.#add(session)
      else if (dice < 0.65) await this.#write(session)
      else
        await this.#read(session, this.#sessions[randomInt(this.#random, this.#sessions.length)]!.registerId)
    }
  }

  #add(session: Recorded): Promise<void> {
    const value = `${mark} ${randomUUID()}`
    const what = { kind: "add", key: session.cafeId, value, method: "POST" } as const
    return this.#change(session, what, `/api/cafes/${session.cafeId}/posts`)
  }

  #write(session: Recorded): Promise<void> {
    const { registerId } = session
    const value = `${mark} register ${randomUUID()}`
    const what = { kind: "write", key: registerId, value, method: "PATCH" } as const
    return this.#change(session, what, `/api/posts/${registerId}`)
  }

  /** Half of them with a key: these may fail for less. */
  #change(session: Recorded, what: Change, path: string): Promise<void> {
    const { method, value } = what
    const keyed = this.#random() < 0.5
    const fields: Record<string, string> = keyed ? { "idempotency-key": `"${value}"` } : {}
    return this.#record(session, keyed ? { ...what, keyed } : what, () =>
      this.#ask(session, method, path, { text: value }, fields),
    )
  }

  #read(session: Recorded, registerId: string): Promise<void> {
    const what = { kind: "read", key: registerId, method: "GET" } as const
    return this.#record(session, this.readsMayLag ? { ...what, mayLag: true } : what, () =>
      this.#ask(session, "GET", `/api/posts/${registerId}`),
    )
  }

  async #record(
    { name }: Recorded,
    what: Omit<Intent, "id" | "session">,
    send: () => Promise<Asked>,
  ): Promise<void> {
    const id = randomUUID()
    await this.#history.intend({ id, session: name, ...what })
    this.#history.settle(id, resultOf(what.kind, await send()))
  }

  /** By one who has seen what any of them has: nothing that was acknowledged to anybody may be missing. */
  async #everyPost(): Promise<string[]> {
    const cookie = this.#sessions.map(({ cookies }) => cookies.header).join("; ")
    const texts = await everyPost(this.#target, this.#sessions[0]!, cookie)
    return texts.filter(text => text.startsWith(`${mark} `) && !text.startsWith(`${mark} register `))
  }

  async #ask(
    { origin, cookies }: BeigelSession,
    method: string,
    path: string,
    body?: object,
    fields: Readonly<Record<string, string>> = {},
  ): Promise<Asked> {
    const asked = await ask(this.#target, {
      method,
      path,
      // The service's own name, whichever way leads to it.
      fields: { host: new URL(origin).host, origin, cookie: cookies.header, ...fields },
      ...(body === undefined ? {} : { body }),
    })
    cookies.keep(asked.setCookies)
    return asked
  }
}

/** What is surely without effect is told apart from what nobody knows. */
function resultOf(kind: Intent["kind"], { status, failure, detail, json }: Asked): Result {
  if (failure === "refused") return { outcome: "failed", failure, detail }
  if (failure !== undefined) return { outcome: "unknown", failure, detail }
  if (status >= 500) return { outcome: "unknown", failure: "status5xx", detail: `${status}` }
  if (status >= 400) return { outcome: "failed", failure: "unexpectedStatus", detail: `${status} ${detail}` }
  return kind === "read" ? { outcome: "ok", saw: (json as { text: string }).text } : { outcome: "ok" }
}
