import { availableParallelism, cpus, release, totalmem, type } from "node:os"

/** Where a drill ran: numbers of two machines are not compared. */
export type Machine = {
  readonly cpus: number
  readonly cpuModel: string
  readonly memoryBytes: number
  readonly os: string
  readonly node: string
}

export function thisMachine(): Machine {
  return {
    cpus: availableParallelism(),
    cpuModel: cpus()[0]?.model.trim() ?? "unknown",
    memoryBytes: totalmem(),
    os: `${type()} ${release()}`,
    node: process.version,
  }
}
