import { readFileSync } from "node:fs"
import { inheritedFds, type Launch, launchSchema } from "../../wire/launch.ts"
import { bootError } from "../boot-errors.ts"

/** Reads what the agent told this process at birth. Throws BN3104 when nobody did. */
export function readLaunch(): Launch {
  try {
    return launchSchema.parse(JSON.parse(readFileSync(inheritedFds.launch, "utf8")))
  } catch (error) {
    throw bootError("BN3104", { fd: inheritedFds.launch }, error)
  }
}
