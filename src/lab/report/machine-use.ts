import { readFileSync } from "node:fs"
import { setTimeout as sleep } from "node:timers/promises"

/** What a machine did while a drill ran; null where the system does not tell (proc(5), Linux only). */
export type MachineUse = {
  /** Share of the processors in use in the moment before it began: other people's work. 0 to 1. */
  readonly busyBefore: number | null
  /** Share of the processors' time that the hypervisor gave to others meanwhile. 0 to 1. */
  readonly stealShare: number | null
  /** Share of the time in which somebody waited for a processor, the drill's own processes too. 0 to 1. */
  readonly cpuPressureShare: number | null
}

/** Above these, latencies are those of other people's work. */
const mostBusyBefore = 0.3
const mostStealShare = 0.05
const beforeMs = 500

/** Counters since the machine started: ticks of all processors, and microseconds of pressure. */
type Counters = { readonly all: number; readonly idle: number; readonly steal: number }

/** Looks at the machine before a drill, and again after it. */
export class MachineWatch {
  readonly #busyBefore: number | null
  readonly #counters: Counters | undefined
  readonly #pressureUs: number | undefined
  readonly #startedMs = performance.now()

  private constructor(before: Counters | undefined) {
    this.#counters = readCounters()
    this.#pressureUs = readPressureUs()
    this.#busyBefore = shareOf(before, this.#counters, ({ all, idle, steal }) => all - idle - steal)
  }

  /** Takes half a second. */
  static async begin(): Promise<MachineWatch> {
    const before = readCounters()
    await sleep(beforeMs)
    return new MachineWatch(before)
  }

  end(): MachineUse {
    const pressureUs = readPressureUs()
    const tookUs = (performance.now() - this.#startedMs) * 1000
    const isTold = pressureUs !== undefined && this.#pressureUs !== undefined
    return {
      busyBefore: this.#busyBefore,
      stealShare: shareOf(this.#counters, readCounters(), ({ steal }) => steal),
      cpuPressureShare: isTold ? (pressureUs - this.#pressureUs) / tookUs : null,
    }
  }
}

/** Why latencies measured meanwhile say little, as sentences. Pressure is not judged: a drill makes its own. */
export function busyWords({ busyBefore, stealShare }: MachineUse): string[] {
  const percent = (share: number) => `${Math.round(share * 100)} %`
  return [
    ...(busyBefore !== null && busyBefore > mostBusyBefore
      ? [`other work had ${percent(busyBefore)} of the processors before it began`]
      : []),
    ...(stealShare !== null && stealShare > mostStealShare
      ? [`the hypervisor gave ${percent(stealShare)} of the processors' time to others`]
      : []),
  ]
}

function shareOf(
  before: Counters | undefined,
  after: Counters | undefined,
  pick: (counters: Counters) => number,
): number | null {
  if (before === undefined || after === undefined || after.all === before.all) return null
  return (pick(after) - pick(before)) / (after.all - before.all)
}

/** The first line of /proc/stat: user nice system idle iowait irq softirq steal, and guests that count in user. */
export function parseCounters(stat: string): Counters | undefined {
  const line = /^cpu +(.+)$/m.exec(stat)?.[1]
  if (line === undefined) return undefined
  const ticks = line.split(" ").slice(0, 8).map(Number)
  const [, , , idle = 0, waiting = 0, , , steal = 0] = ticks
  return { all: ticks.reduce((sum, each) => sum + each, 0), idle: idle + waiting, steal }
}

function readCounters(): Counters | undefined {
  return parseCounters(textAt("/proc/stat"))
}

function readPressureUs(): number | undefined {
  const total = /^some .*total=(\d+)$/m.exec(textAt("/proc/pressure/cpu"))?.[1]
  return total === undefined ? undefined : Number(total)
}

function textAt(path: string): string {
  try {
    return readFileSync(path, "latin1")
  } catch {
    return ""
  }
}
