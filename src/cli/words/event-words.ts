import type { EventView, InstanceView } from "../../wire/admin.ts"
import { onTalk } from "../output.ts"
import { databaseFacts } from "./database-words.ts"
import { orderWords } from "./order-words.ts"
import { endedSteps, planEnd, planTitle, stepLine } from "./plan-words.ts"
import { trafficLine } from "./state-words.ts"

const trafficEveryMs = 15_000

/** Tells events as lines, each piece of news once: most events repeat what was said before. */
export class EventWords {
  readonly #told = new Map<string, string>()
  #trafficToldAt = 0
  #goesDown = false

  /** The lines an event is worth; often none. */
  lines(event: EventView): string[] {
    switch (event.type) {
      case "instance":
        return this.#news(event.instance.id, instanceWords(event.instance)).map(words =>
          stamped(event.at, words),
        )
      case "gone":
        this.#told.delete(event.id)
        return [stamped(event.at, `${event.id} is gone: ${event.reason}`)]
      case "plan":
        return this.#plan(event)
      case "certificate-order":
        return this.#news("certificate order", orderWords(event.order, event.at)).map(words =>
          stamped(event.at, words),
        )
      case "databases":
        return this.#databases(event)
      case "fault":
        return [stamped(event.at, event.words)]
      case "traffic":
        return this.#traffic(event)
      case "map":
      case "sample":
      case "load":
      case "gap":
        return []
    }
  }

  /** Takes what is known already as told. */
  know(instances: readonly InstanceView[]): void {
    for (const instance of instances) this.#told.set(instance.id, instanceWords(instance))
  }

  #plan({ at, plan }: EventView & { type: "plan" }): string[] {
    const lines: string[] = []
    this.#goesDown = plan.trigger === "down"
    if (this.#news(`plan ${plan.id}`, "began").length > 0) lines.push(stamped(at, planTitle(plan)))
    for (const { name, step } of endedSteps(plan)) {
      const fresh = this.#news(`plan ${plan.id} ${name}`, step.state)
      if (fresh.length > 0) lines.push(stamped(at, stepLine(step)))
    }
    if (plan.finishedAtMs !== undefined && this.#news(`plan ${plan.id} end`, plan.state).length > 0) {
      lines.push(stamped(at, planEnd(plan)))
    }
    return lines
  }

  /** Replicas that are taken down in order leave their primary without any: that is no trouble. */
  #databases({ at, databases }: EventView & { type: "databases" }): string[] {
    if (this.#goesDown) return []
    return databaseFacts(databases, at)
      .filter(({ fact }, nth) => this.#news(`databases ${nth}`, fact).length > 0)
      .map(({ line }) => stamped(at, line))
  }

  #traffic({ at, traffic }: EventView & { type: "traffic" }): string[] {
    if (traffic.requestsPerSecond === 0 || at - this.#trafficToldAt < trafficEveryMs) return []
    this.#trafficToldAt = at
    return [stamped(at, trafficLine(traffic))]
  }

  #news(subject: string, words: string): string[] {
    if (this.#told.get(subject) === words) return []
    this.#told.set(subject, words)
    return [words]
  }
}

export function instanceWords(instance: InstanceView): string {
  const { id, state, pid, progress } = instance
  if (progress !== undefined) return `${id} ${state}: ${progress}`
  return state === "ready" && pid !== undefined ? `${id} ready (pid ${pid})` : `${id} ${state}`
}

function stamped(atMs: number, words: string): string {
  return `${onTalk("dim", new Date(atMs).toTimeString().slice(0, 8))}  ${words}`
}
