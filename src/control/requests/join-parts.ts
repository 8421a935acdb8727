import type { RequestStep, RequestSummary } from "../../wire/admin.ts"
import { keptReasons, type TracePart, type TraceStep } from "../../wire/request-trace.ts"
import type { CollectedTraces } from "../observe/trace-collector.ts"

export type SeenPart = CollectedTraces["parts"][number]

/** The parts of each request together, front doors first, then in the order of time. */
export function joinParts(seen: readonly SeenPart[]): SeenPart[][] {
  const requests = new Map<string, SeenPart[]>()
  for (const each of seen) {
    // Without a front door nobody gave it an id.
    const key = each.part.requestId || `${each.instance} ${each.part.traceId}`
    const known = requests.get(key)
    if (known === undefined) requests.set(key, [each])
    else known.push(each)
  }
  const rank = ({ part }: SeenPart) => (part.role === "edge" ? 0 : 1)
  return [...requests.values()].map(parts => parts.sort((a, b) => rank(a) - rank(b) || a.part.at - b.part.at))
}

/** In a line. What the client saw is what its front door saw; where that kept nothing, the web instance. */
export function summaryOf(parts: readonly SeenPart[]): RequestSummary {
  const { part } = parts[0] as SeenPart
  const { requestId, traceId, at, method, target, status, latencyMs, durationMs } = part
  const error = parts.map(each => each.part.error).find(words => words !== undefined)
  const kept = keptReasons.find(reason => parts.some(each => each.part.kept === reason)) ?? part.kept
  return {
    requestId: requestId || traceId,
    ...{ traceId, at, method, target, status, latencyMs, durationMs, kept },
    instances: [...new Set(parts.map(({ instance }) => instance))],
    retries: Math.max(0, part.steps.filter(({ name }) => name === "try").length - 1),
    ...(error !== undefined && { error }),
  }
}

/** Every step of every part as one list, parents before what lies in them. */
export function stepsOf(parts: readonly SeenPart[]): RequestStep[] {
  const [first] = parts
  if (first === undefined) return []
  const steps: RequestStep[] = []
  const placed = new Set<SeenPart>()
  const place = (seen: SeenPart, startMs: number, depth: number) => {
    placed.add(seen)
    const { part, instance } = seen
    const { role, status, durationMs, error } = part
    const name = role === "edge" ? "request" : "web"
    const details = { status: status === 0 ? "no answer" : String(status) }
    steps.push({ instance, role, name, depth, startMs, durationMs, details, ...(error && { error }) })
    for (const [step, deeper] of inOrder(part.steps)) {
      const stepStartMs = startMs + step.startMs
      const { parent: _, ...rest } = step
      steps.push({ ...rest, instance, role, startMs: stepStartMs, depth: depth + 1 + deeper })
      const inside = role === "edge" && step.name === "try" ? answering(parts, placed, step) : undefined
      if (inside !== undefined) place(inside, within(inside.part, first.part, step), depth + 2 + deeper)
    }
  }
  place(first, 0, 0)
  for (const seen of parts) if (!placed.has(seen)) place(seen, Math.max(0, seen.part.at - first.part.at), 0)
  return steps
}

/** The part of the web instance that was tried there. */
function answering(parts: readonly SeenPart[], placed: ReadonlySet<SeenPart>, step: TraceStep) {
  return parts.find(
    seen => seen.part.role === "web" && !placed.has(seen) && seen.instance === step.details?.["backend"],
  )
}

/** Clocks tell milliseconds, and those of two machines differ: what was done within a try began within it. */
function within(part: TracePart, whole: TracePart, step: TraceStep): number {
  const latest = step.startMs + Math.max(0, step.durationMs - part.durationMs)
  return Math.min(Math.max(part.at - whole.at, step.startMs), latest)
}

/** Depth first, each with its depth. */
function inOrder(steps: readonly TraceStep[]): (readonly [TraceStep, number])[] {
  const childrenOf = Map.groupBy(steps, step => step.parent)
  const walk = (parent: number | undefined, depth: number): (readonly [TraceStep, number])[] =>
    (childrenOf.get(parent) ?? []).flatMap(step => {
      const index = steps.indexOf(step)
      // A step lies in one that came before it; else it would lie in itself.
      const isSound = parent === undefined || parent < index
      return isSound ? [[step, depth] as const, ...walk(index, depth + 1)] : []
    })
  return walk(undefined, 0)
}
