import { isBanyanError, messageOf } from "../../../../kit/errors.ts"
import { backupError } from "../backup-errors.ts"
import type { BackupTarget } from "./backup-target.ts"

/** A small object, whole. Rejects with BN2403, BN2401. */
export async function readObject(target: BackupTarget, name: string): Promise<Buffer> {
  const stream = await target.get(name)
  try {
    return Buffer.concat(await stream.toArray())
  } catch (error) {
    throw backupError(
      "BN2401",
      { target: target.name, doing: "reading", name, reason: messageOf(error) },
      error,
    )
  }
}

/** The same, or undefined where there is none. Rejects with BN2401. */
export async function findObject(target: BackupTarget, name: string): Promise<Buffer | undefined> {
  try {
    return await readObject(target, name)
  } catch (error) {
    if (isBanyanError(error) && error.code === "BN2403") return undefined
    throw error
  }
}
