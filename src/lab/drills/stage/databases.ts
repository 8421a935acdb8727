import { promotedHere } from "../../../boot/keeper/promoted.ts"
import { type Random, randomInt } from "../../../kit/random.ts"
import type { StateView } from "../../../wire/admin.ts"
import type { Stage } from "./on-own-service.ts"

/** From one process to a primary and two replicas. */
export async function growToReplicated({
  service,
  recorded,
}: Pick<Stage, "service"> & Partial<Pick<Stage, "recorded">>): Promise<void> {
  if (recorded !== undefined) recorded.readsMayLag = true
  await service.change({ type: "grow" })
  await service.change({ type: "grow" })
}

/** By the record of this host; before any promotion the first one is it. */
export function primaryHere(): string {
  return promotedHere() ?? "postgres-1"
}

export function replicasOf({ instances }: StateView, primary = primaryHere()): string[] {
  return instances.map(({ id }) => id).filter(id => id.startsWith("postgres-") && id !== primary)
}

export function anyReplica(state: StateView, primary: string, random: Random): string {
  const replicas = replicasOf(state, primary)
  return replicas[randomInt(random, replicas.length)]!
}

/** 0 when it does not run. */
export function pidIn({ instances }: StateView, id: string): number {
  return instances.find(instance => instance.id === id)?.pid ?? 0
}
