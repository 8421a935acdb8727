import { BanyanError, isBanyanError, messageOf } from "../../kit/errors.ts"
import { driversError } from "../drivers-errors.ts"
import type { SaidError } from "./keeper-protocol.ts"

/** For the other side of a link. What has no code becomes BN1415. */
export function sayError(error: unknown, what: string): SaidError {
  const known = isBanyanError(error) ? error : driversError("BN1415", { what, reason: messageOf(error) })
  const { code, fault, message, todo, details } = known
  return { code, fault, message, todo, details }
}

/** The same error as on the side where it was made. */
export function heardError({ code, fault, message, todo, details }: SaidError): BanyanError {
  return new BanyanError(code, { fault, todo, say: () => message }, details)
}
