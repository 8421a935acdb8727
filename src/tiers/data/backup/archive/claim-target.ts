import { z } from "zod"
import { backupError } from "../backup-errors.ts"
import type { BackupTarget } from "../target/backup-target.ts"
import { findObject } from "../target/read-object.ts"

const claimName = "cluster.json"
const claimSchema = z.object({ format: z.literal(1), system: z.string(), major: z.string() })
export type Claim = Omit<z.infer<typeof claimSchema>, "format">

/** Whose backups lie there; undefined in a fresh target. Rejects with BN2408, BN2401. */
export async function claimOf(target: BackupTarget): Promise<Claim | undefined> {
  const bytes = await findObject(target, claimName)
  if (bytes === undefined) return undefined
  try {
    return claimSchema.parse(JSON.parse(bytes.toString()))
  } catch (error) {
    throw backupError(
      "BN2408",
      { target: target.name, name: claimName, reason: "it is not what it should be" },
      error,
    )
  }
}

/** Two databases in one place would overwrite each other's log. Rejects with BN2407, BN2408, BN2401. */
export async function claimTarget(target: BackupTarget, { system, major }: Claim): Promise<void> {
  const found = await claimOf(target)
  if (found === undefined) {
    await target.put(claimName, Buffer.from(`${JSON.stringify({ format: 1, system, major })}\n`))
  } else if (found.system !== system) {
    throw backupError("BN2407", { target: target.name, found: found.system, wanted: system })
  }
}
