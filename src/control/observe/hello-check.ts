import { createHash, timingSafeEqual } from "node:crypto"
import type { Hello } from "../../wire/messages.ts"
import type { World } from "./world.ts"

/** Whether a hello shows the token its living instance was born with. Asks the driver anew before it says no. */
export async function believes(world: World, hello: Hello): Promise<boolean> {
  if (fits(world, hello)) return true
  // A process may speak before its birth is known here. A driver that lost its agent cannot answer.
  await world.refresh().catch(() => {})
  return fits(world, hello)
}

function fits(world: World, { id, token }: Hello): boolean {
  const instance = world.instance(id)
  if (instance === undefined || instance.state === "exited" || instance.tokenHash === "") return false
  const shown = createHash("sha256").update(token).digest()
  const expected = Buffer.from(instance.tokenHash, "hex")
  return shown.length === expected.length && timingSafeEqual(shown, expected)
}
