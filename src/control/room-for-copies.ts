import type { Topology } from "../topology/topology.ts"
import type { ControlOptions } from "./control.ts"
import { controlError } from "./control-errors.ts"

/** Throws BN1354 when the disk cannot hold the copies that such a change would make. */
export async function refuseWithoutRoom(
  from: Topology,
  to: Topology,
  { roomForDatabase }: Pick<ControlOptions, "roomForDatabase">,
): Promise<void> {
  const copies = to.instances.postgres - Math.max(1, from.instances.postgres)
  const room = copies > 0 ? await roomForDatabase?.() : undefined
  if (room === undefined || room.freeBytes >= copies * room.neededBytes) return
  const inMb = (bytes: number) => Math.ceil(bytes / 2 ** 20)
  throw controlError("BN1354", { copies, neededMb: inMb(room.neededBytes), freeMb: inMb(room.freeBytes) })
}
