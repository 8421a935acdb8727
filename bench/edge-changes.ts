import { mkdirSync } from "node:fs"
import { join, resolve } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { freePort } from "../src/kit/node/free-port.ts"
import { seededRandom } from "../src/kit/random.ts"
import { Visitors, type VisitorsReport } from "../src/lab/drills/edge-changes/visitors.ts"
import { streamViolations } from "../src/lab/drills/stage/stream-violations.ts"
import { banyanDoor } from "./edge-changes/banyan-door.ts"
import { changeSequence } from "./edge-changes/change-sequence.ts"
import type { ChangeKind, FrontDoor } from "./edge-changes/front-door.ts"
import { haproxyDoors } from "./edge-changes/haproxy-doors.ts"
import { nginxDoors } from "./edge-changes/nginx-doors.ts"
import { type Bench, type BenchLine, compare } from "./harness.ts"
import { listening, spawnOn, temporaryFolder } from "./processes.ts"

const seed = 1
const upstreamCount = 4
/** A reload is done well before the next one: nobody is hurried. */
const everyMs = 500
const leadMs = 1000
const streamsOfEach = 4
/** `npm run bench -- edge-changes --short`: to see that it runs. */
const { changes, rps } = process.argv.includes("--short")
  ? { changes: 12, rps: 300 }
  : { changes: 200, rps: 1500 }

/**
 * What a change of its configuration costs the clients of a front door: the same changes, the same clients, who never
 * ask twice, one front door after the other.
 */
export const bench: Bench = {
  says: "what changes of the configuration cost clients: Banyan's edge beside reloads of HAProxy and nginx",
  asTable: true,
  async run(say) {
    const folder = temporaryFolder("edge-changes")
    const ports = await Promise.all(Array.from({ length: upstreamCount }, freePort))
    const script = resolve(import.meta.dirname, "edge-changes/upstream.ts")
    spawnOn(1, [process.execPath, script, ...ports.map(String)])
    for (const port of ports) await listening(port)
    const doors = [banyanDoor, ...haproxyDoors, ...nginxDoors].filter(({ version }) => version !== "")
    const outcomes: Outcome[] = []
    for (const door of doors) {
      const outcome = await visit(door, ports, folder)
      outcomes.push(outcome)
      say(wordsOf(outcome))
    }
    return outcomes.flatMap(linesOf)
  },
}

type Outcome = VisitorsReport & {
  readonly door: FrontDoor
  readonly made: Readonly<Partial<Record<ChangeKind, number>>>
}

async function visit(door: FrontDoor, ports: readonly number[], parent: string): Promise<Outcome> {
  const folder = join(parent, door.name.replace(/\W+/g, "-"))
  mkdirSync(folder)
  const port = await freePort()
  const { first, changes: sequence } = changeSequence(changes, ports, seededRandom(seed))
  const running = await door.start(port, first, folder)
  try {
    const target = { host: "127.0.0.1", port }
    const visitors = await Visitors.come({ target, rps, seed, streamsOfEach })
    const made: Partial<Record<ChangeKind, number>> = {}
    try {
      await sleep(leadMs)
      for (const change of sequence) {
        const next = sleep(everyMs)
        await running.change(change)
        made[change.kind] = (made[change.kind] ?? 0) + 1
        await next
      }
      await sleep(leadMs)
    } finally {
      await visitors.leave()
    }
    return { door, made, ...(await visitors.leave()) }
  } finally {
    await running.stop()
  }
}

/** Of streams that did not end as their protocols end them; those that still were there in the end are well. */
function cutStreams({ streams }: Outcome): string[] {
  return streams.flatMap(streamViolations)
}

function linesOf(outcome: Outcome): BenchLine[] {
  const { door, made, load, streams } = outcome
  const { connections, failures, failed, sent } = load
  const { resetNew, resetReused } = failures
  const columns: Readonly<Record<string, number>> = {
    changes: sum(Object.values(made)),
    "of them replaced": made.replaced ?? 0,
    requests: sent,
    failed,
    "on new connections": connections.requestsOnNew,
    "reset there": resetNew,
    "on kept-alive ones": connections.requestsOnReused,
    "reset on these": resetReused,
    "failed otherwise": failed - resetNew - resetReused,
    "closed while idle": connections.closedWhileIdle + connections.resetWhileIdle,
    streams: streams.length,
    "streams cut": cutStreams(outcome).length,
  }
  return Object.entries(columns).map(([claim, value]) =>
    compare(claim, "", { ...door, values: [value] }, null),
  )
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

function wordsOf(outcome: Outcome): string {
  const { door, made, load, streams } = outcome
  const kinds = Object.entries(made).map(([kind, count]) => `${count} ${kind}`)
  const cut = cutStreams(outcome)
  const failures = Object.entries(load.failures).filter(([, count]) => count > 0)
  return [
    `${door.name} ${door.version}: ${kinds.join(", ")}`,
    `${load.sent} requests, ${load.failed} failed ${failures.map(([kind, count]) => `(${count} ${kind})`).join(" ")}`,
    `${load.connections.closedWhileIdle} idle connections closed without a word`,
    `${streams.length} streams, ${cut.length} cut ${cut.length > 0 ? `(${cut[0]})` : ""}`,
  ].join("   ")
}
