import { pino } from "pino"
import { consolePage } from "../../src/boot/service/console-page.ts"
import { startAdminApi } from "../../src/control/api/admin-api.ts"
import type { Control } from "../../src/control/control.ts"
import { EventLog } from "../../src/control/event-log.ts"
import { FakeService } from "../../src/control/testing/control-fixture.ts"
import { unread } from "../../src/control/testing/served-admin.ts"
import type { InstanceSample, InstanceView, StateView } from "../../src/wire/admin.ts"

/** As many as the picture has to stay readable with: doors, web instances, databases. */
const counts = { edge: 4, web: 53, postgres: 3 } as const
export const instances = Object.values(counts).reduce((sum, count) => sum + count, 0)
export const updatesPerSecond = 10
const token = "0123456789abcdef"

/**
 * The real admin API and page before a control plane with a scripted driver, whose state is drawn out to sixty instances:
 * ten of them change each second, and each second all of them are sampled, as in a service under load.
 */
export async function serveSixty(): Promise<{ url: string; close(): Promise<void> }> {
  const cleanUps: (() => unknown)[] = []
  const service = new FakeService({ after: (act: () => unknown) => cleanUps.push(act) } as never)
  service.base = { stage: "balanced", instances: { postgres: 1, app: 0, web: 2, edge: 1 } }
  const control = await service.started()
  const events = new EventLog()
  const state = drawnOut(control.state())
  const stop = feed(state, events)
  const grown = new Proxy(control, {
    get(target, name) {
      if (name === "state") return () => state
      if (name === "events") return events
      const value = Reflect.get(target, name, target) as unknown
      return typeof value === "function" ? value.bind(target) : value
    },
  }) as Control
  const api = await startAdminApi({
    control: grown,
    page: consolePage(),
    token,
    ...unread,
    listen: { host: "127.0.0.1", port: 0 },
    log: pino({ level: "silent" }),
  })
  return {
    url: `http://127.0.0.1:${api.address.port}/#token=${token}`,
    async close() {
      stop()
      await api.close()
      for (const act of cleanUps.toReversed()) await act()
    },
  }
}

function drawnOut(state: StateView): StateView {
  const of = (group: keyof typeof counts, nth: number): InstanceView => {
    const pattern = state.instances.find(({ id }) => id.startsWith(`${group}-`))!
    const role = group === "postgres" && nth > 1 ? "replica" : pattern.role
    return { ...pattern, id: `${group}-${nth}`, role, pid: 1000 + nth }
  }
  const all = (Object.keys(counts) as (keyof typeof counts)[]).flatMap(group =>
    Array.from({ length: counts[group] }, (_, index) => of(group, index + 1)),
  )
  const fronts = all
    .filter(({ tier }) => tier === "edge")
    .map(({ id }) => ({ ...state.fronts[0]!, id, connections: 40 }))
  return { ...state, instances: all, fronts }
}

function feed({ instances, totals }: StateView, events: EventLog): () => void {
  let turn = 0
  const timer = setInterval(() => {
    const at = Date.now()
    const pattern = instances[(turn * 7) % instances.length]!
    const instance = { ...pattern, outstanding: turn % 9, requests: turn * 10, memoryMb: 60 + (turn % 20) }
    events.append({ type: "instance", at, instance })
    if (turn % updatesPerSecond === 0) events.append(sampleAt(at, turn, instances, totals))
    turn++
  }, 1000 / updatesPerSecond)
  return () => clearInterval(timer)
}

function sampleAt(at: number, turn: number, instances: readonly InstanceView[], totals: StateView["totals"]) {
  const wave = 1 + Math.sin(turn / 30) / 3
  const each = Object.fromEntries(
    instances.map(({ id }, nth): [string, InstanceSample] => [
      id,
      {
        requestsPerSecond: (20 + (nth % 7)) * wave,
        outstanding: (nth + turn) % 5,
        memoryMb: 60 + (nth % 20),
        cpu: 0.1 + ((nth + turn) % 40) / 100,
      },
    ]),
  )
  const latencyMs = { p50: 8 * wave, p95: 20 * wave, p99: 45 * wave }
  const sample = { at, requestsPerSecond: 1200 * wave, failedPerSecond: 0, latencyMs, tiers: {} }
  return { type: "sample", at, sample, instances: each, totals } as const
}
