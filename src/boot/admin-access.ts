import { readFileSync } from "node:fs"
import { z } from "zod"
import { writeFileAtomic } from "../kit/node/atomic-file.ts"
import { keptSecret } from "./kept-secret.ts"
import { paths } from "./project-paths.ts"

const adminAccessSchema = z.object({ url: z.string(), token: z.string() })

/** Where the admin API of this folder listens, and the token it wants. */
export type AdminAccess = z.infer<typeof adminAccessSchema>

/** Undefined when nothing has ever run here, or the file cannot be read by this user. */
export function readAdminAccess(): AdminAccess | undefined {
  try {
    return adminAccessSchema.parse(JSON.parse(readFileSync(paths.admin, "utf8")))
  } catch {
    return undefined
  }
}

export function writeAdminAccess(access: AdminAccess): void {
  writeFileAtomic(paths.admin, JSON.stringify(access))
}

/** A console left open in a browser goes on after a restart. */
export function adminToken(): string {
  return keptSecret(paths.adminToken)
}
