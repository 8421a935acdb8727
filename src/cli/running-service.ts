import { findProjectFolder } from "../boot/config/config-file.ts"
import { readAdminAccess } from "../boot/service/admin-access.ts"
import { AdminClient } from "../boot/service/admin-client.ts"
import { isUp } from "../boot/service/down.ts"
import { isBanyanError } from "../kit/errors.ts"
import type { StateView } from "../wire/admin.ts"
import { cliError } from "./cli-errors.ts"

/** Goes to the project's folder: where banyan.config.ts is, here or in a folder above. Throws BN1001. */
export function enterProject(): void {
  process.chdir(findProjectFolder())
}

/** The admin API of the service that runs in this project, and its state now. Throws BN3202, BN3206. */
export async function connect(): Promise<{ client: AdminClient; state: StateView }> {
  enterProject()
  const access = readAdminAccess()
  if (access === undefined) throw await nobodyAnswers()
  const client = new AdminClient(access)
  try {
    return { client, state: await client.state() }
  } catch (error) {
    if (!isUnanswered(error)) throw error
    throw await nobodyAnswers()
  }
}

/** Whether this error says that the admin API is away: its supervisor is just being restarted, or it is down. */
export function isUnanswered(error: unknown): boolean {
  return isBanyanError(error) && error.code === "BN3107"
}

async function nobodyAnswers(): Promise<Error> {
  const folder = process.cwd()
  return (await isUp()) ? cliError("BN3206", { folder }) : cliError("BN3202", { folder })
}
