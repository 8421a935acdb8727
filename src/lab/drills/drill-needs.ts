import type { Drill } from "./drill.ts"

/** Seconds of the short form, all in one run on 2 processors (docs/measurements/every-drill-short.md); of others nobody has said. */
const shortSeconds: Readonly<Record<string, number>> = {
  climb: 44,
  "kill-any": 104,
  "supervisor-dead": 50,
  "crash-every-step": 50,
  soak: 36,
  "clock-skew": 27,
  "stop-any": 25,
  "full-disk": 22,
  overload: 25,
  "slow-clients": 24,
  "edge-changes": 21,
  "web-kill": 24,
}

/** What a drill takes, and what it wants of the machine beside processors, memory and a disk. */
export function drillNeeds({ name, dropsPackets, mountsDisk }: Drill): {
  shortSeconds?: number
  needs?: string
} {
  const needs =
    name === "slow-clients"
      ? "slowhttptest; without it: incomplete"
      : mountsDisk
        ? "a place where it may mount: root, or a user namespace; without: incomplete"
        : dropsPackets
          ? "a network of its own for dropped packets: root, or a user namespace; without, these are skipped"
          : undefined
  const took = shortSeconds[name]
  return { ...(took !== undefined && { shortSeconds: took }), ...(needs !== undefined && { needs }) }
}
