import { cpus, totalmem } from "node:os"
import { tableLines } from "../src/cli/words/table.ts"

/** One side of a comparison: what it is, exactly, and what each round gave. */
export type Side = {
  readonly name: string
  readonly version: string
  readonly configuration: string
  readonly values: readonly number[]
}

/** What every bench prints. `ratio` is ours divided by the peer's, round by round. */
export type BenchLine = {
  readonly claim: string
  readonly unit: string
  readonly ours: Summary & Pick<Side, "name" | "version" | "configuration">
  readonly peer: (Summary & Pick<Side, "name" | "version" | "configuration">) | null
  readonly ratio: Summary | null
  readonly n: number
}

export type Summary = { readonly median: number; readonly min: number; readonly max: number }

/** A bench: a file that measures us and the named peer in one run, alternating. */
export type Bench = {
  readonly says: string
  /** Its lines are figures of many sides, each by itself: printed as a table, a row for each side. */
  readonly asTable?: true
  run(say: (words: string) => void): Promise<readonly BenchLine[]>
}

/** Pairs our rounds with the peer's: machines drift, ratios of neighbours do not. Without a peer, figures alone. */
export function compare(claim: string, unit: string, ours: Side, peer: Side | null): BenchLine {
  const { name, version, configuration, values } = ours
  return {
    claim,
    unit,
    ours: { name, version, configuration, ...summarise(values) },
    peer:
      peer === null
        ? null
        : {
            name: peer.name,
            version: peer.version,
            configuration: peer.configuration,
            ...summarise(peer.values),
          },
    ratio: peer === null ? null : summarise(values.map((value, round) => value / peer.values[round]!)),
    n: values.length,
  }
}

export function summarise(values: readonly number[]): Summary {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const median = sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
  return { median, min: sorted[0]!, max: sorted.at(-1)! }
}

/** Columns of a row, in milliseconds: n, least, median, the percentile asked for, most. */
export function spreadLines(
  side: Omit<Side, "values">,
  values: readonly number[],
  percentile: number,
): BenchLine[] {
  const columns = {
    n: values.length,
    least: Math.min(...values),
    median: quantile(values, 0.5),
    [`p${percentile}`]: quantile(values, percentile / 100),
    most: Math.max(...values),
  }
  return Object.entries(columns).map(([claim, value]) =>
    compare(claim, "ms", { ...side, values: [Math.round(value * 10) / 10] }, null),
  )
}

/** The nearest rank: of fewer than a hundred values the p99 is the greatest. */
function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN
}

/** What the figures were taken on. */
export function machineWords(): string {
  const [cpu] = cpus()
  const gib = Math.round(totalmem() / 2 ** 30)
  return `${cpus().length} x ${cpu?.model.trim()}, ${gib} GiB, ${process.platform} ${process.arch}, Node ${process.versions.node}`
}

export function wordsOf(line: BenchLine): string {
  const spread = ({ median, min, max }: Summary) => `${short(median)} (${short(min)} to ${short(max)})`
  const side = (name: string, of: BenchLine["ours"]) =>
    `  ${name.padEnd(6)} ${spread(of)} ${line.unit}   ${of.name} ${of.version}, ${of.configuration}`
  return [
    line.claim,
    side("ours", line.ours),
    ...(line.peer === null ? [] : [side("peer", line.peer)]),
    ...(line.ratio === null ? [] : [`  ratio  ${spread(line.ratio)}`]),
    `  n      ${line.n} rounds, median (min to max)`,
  ].join("\n")
}

/** A row for each side (name and version), a column for each claim (medians), and below it how each name was configured. */
export function tableOf(lines: readonly BenchLine[]): string {
  const label = ({ ours: { name, version } }: BenchLine) => `${name} ${version}`
  const claims = [...new Set(lines.map(({ claim }) => claim))]
  const rows = [...Map.groupBy(lines, label)].map(([words, of]) => [
    words,
    ...claims.map(claim => `${of.find(line => line.claim === claim)?.ours.median ?? ""}`),
  ])
  const configurations = new Map(lines.map(({ ours }) => [ours.name, ours.configuration]))
  const below = [...configurations].map(([name, configuration]) => `${name}: ${configuration}`)
  return [...tableLines(["", ...claims], rows), "", ...below].join("\n")
}

function short(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3)
}
