import { readdirSync, readFileSync } from "node:fs"

/** What a process holds at one moment. */
export type ProcessUsage = { readonly residentBytes: number; readonly openFiles: number }

/** By name, at one moment. */
export type UsageSample = Readonly<Record<string, ProcessUsage>>

/** Growth that is no leak: heaps breathe, and a connection more or less is open. */
const mostGrowth = { factor: 1.25, bytes: 16 * 2 ** 20, files: 4 }

/** Undefined where the system does not tell (proc(5), Linux only), or when there is no such process. */
export function usageOf(pid: number): ProcessUsage | undefined {
  try {
    const resident = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1]
    const openFiles = readdirSync(`/proc/${pid}/fd`).length
    return resident === undefined ? undefined : { residentBytes: Number(resident) * 1024, openFiles }
  } catch {
    return undefined
  }
}

/** What grew from the first quarter of a long run to the last one, by medians, as sentences. */
export function growthViolations(samples: readonly UsageSample[]): string[] {
  const quarter = Math.floor(samples.length / 4)
  const early = samples.slice(0, quarter)
  const late = samples.slice(-quarter)
  return Object.keys(samples[0] ?? {}).flatMap(name => {
    const median = (of: readonly UsageSample[], pick: keyof ProcessUsage) =>
      medianOf(of.flatMap(sample => sample[name]?.[pick] ?? []))
    const [bytes, bytesLater] = [median(early, "residentBytes"), median(late, "residentBytes")]
    const [files, filesLater] = [median(early, "openFiles"), median(late, "openFiles")]
    return [
      ...(bytesLater > bytes * mostGrowth.factor + mostGrowth.bytes
        ? [`${name} grew from ${mebibytes(bytes)} to ${mebibytes(bytesLater)} MiB`]
        : []),
      ...(filesLater > files + mostGrowth.files
        ? [`${name} holds ${filesLater} files open, once ${files}`]
        : []),
    ]
  })
}

/** `agent 58 MiB 24 files`. */
export function usageWords(sample: UsageSample): string {
  return Object.entries(sample)
    .map(
      ([name, { residentBytes, openFiles }]) => `${name} ${mebibytes(residentBytes)} MiB ${openFiles} files`,
    )
    .join(", ")
}

function medianOf(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0
}

function mebibytes(bytes: number): number {
  return Math.round(bytes / 2 ** 20)
}
