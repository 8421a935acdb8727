import { type Random, randomInt } from "../../src/kit/random.ts"
import type { DoorChange, Upstream } from "./front-door.ts"

const mostWeight = 10
/** The others change what stands behind it. */
const replacedShare = 0.2

/** Changes one after the other, each from what the one before left; at least one upstream stays. */
export function changeSequence(
  count: number,
  ports: readonly number[],
  random: Random,
): { readonly first: readonly Upstream[]; readonly changes: readonly DoorChange[] } {
  const all = ports.map((port, index): Upstream => ({ id: `web-${index + 1}`, port, weight: mostWeight }))
  const first = all.slice(0, 2)
  const changes: DoorChange[] = []
  let now: readonly Upstream[] = first
  while (changes.length < count) {
    const change = random() < replacedShare ? replaced(now) : changed(now, all, random)
    changes.push(change)
    now = change.upstreams
  }
  return { first, changes }
}

const replaced = (now: readonly Upstream[]): DoorChange => ({ kind: "replaced", upstreams: now })

function changed(now: readonly Upstream[], all: readonly Upstream[], random: Random): DoorChange {
  const which = all[randomInt(random, all.length)]!
  const others = now.filter(({ id }) => id !== which.id)
  if (others.length === now.length) return { kind: "added", upstreams: [...now, which] }
  if (others.length > 0 && random() < 0.5) return { kind: "taken away", upstreams: others }
  const weighed = { ...which, weight: 1 + randomInt(random, mostWeight) }
  return { kind: "weighed", upstreams: now.map(each => (each.id === which.id ? weighed : each)) }
}
