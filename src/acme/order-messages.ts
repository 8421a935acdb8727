import type { ErrorDetails } from "../kit/errors.ts"
import type { ChallengeAnswer, Issued, OrderBegun } from "./acme.ts"
import type { acmeError } from "./acme-errors.ts"

export type AcmeCode = Parameters<typeof acmeError>[0]

/** From the process that orders. After `keep` and `publish` it waits for the word that it is done. */
export type OrderMessage =
  | { readonly type: "keep"; readonly begun: OrderBegun }
  | { readonly type: "publish"; readonly challenges: readonly ChallengeAnswer[] }
  | { readonly type: "issued"; readonly issued: Issued }
  | { readonly type: "failed"; readonly code: AcmeCode; readonly details: ErrorDetails }

export const done = "done"
