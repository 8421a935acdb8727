import { z } from "zod"
import { writeFileAtomic } from "../../kit/node/atomic-file.ts"
import { readJsonFile } from "../../kit/node/json-file.ts"
import { paths } from "../project-paths.ts"
import { keptSecret } from "./kept-secret.ts"

const adminAccessSchema = z.object({ url: z.string(), token: z.string() })

/** Where the admin API of this folder listens, and the token it wants. */
export type AdminAccess = z.infer<typeof adminAccessSchema>

/** Undefined when nothing has ever run here, or the file cannot be read by this user. */
export function readAdminAccess(): AdminAccess | undefined {
  return readJsonFile(paths.admin, adminAccessSchema)
}

export function writeAdminAccess(access: AdminAccess): void {
  writeFileAtomic(paths.admin, JSON.stringify(access))
}

/** A console left open in a browser goes on after a restart. */
export function adminToken(): string {
  return keptSecret(paths.adminToken)
}
