import type { Topology } from "../topology/topology.ts"
import type { ControlOptions } from "./control.ts"
import { controlError } from "./control-errors.ts"
import { primaryOf } from "./observe/database-watch.ts"
import type { World } from "./observe/world.ts"

/** Throws BN1354 when the disk cannot hold the copies that such a change would make. */
export async function refuseWithoutRoom(
  from: Topology,
  to: Topology,
  { world, control }: { readonly world: World; readonly control: Pick<ControlOptions, "roomForDatabase"> },
): Promise<void> {
  const copies = to.instances.postgres - Math.max(1, from.instances.postgres)
  const primary = primaryOf(world.map)?.id
  const room = copies > 0 && primary !== undefined ? await control.roomForDatabase?.(primary) : undefined
  if (room === undefined || room.freeBytes >= copies * room.neededBytes) return
  const inMb = (bytes: number) => Math.ceil(bytes / 2 ** 20)
  throw controlError("BN1354", { copies, neededMb: inMb(room.neededBytes), freeMb: inMb(room.freeBytes) })
}
