import { connectionTokens, fieldValues, originForm, type RequestHead } from "../../../http1/index.ts"
import type { KeyedRoutes } from "../backend/keyed-routes.ts"

/** RFC 9110 section 9.2.2: doing it twice is as good as doing it once. */
const idempotent: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"])

const keyField = "idempotency-key"

export function isIdempotent(method: string): boolean {
  return idempotent.has(method)
}

/**
 * Whether this backend may be given a request that another one, or itself, may have processed already: by its method,
 * or because it carries one `Idempotency-Key` and the backend honours it there. What is no good key it refuses.
 */
export function isRepeatable(head: RequestHead, at: { readonly keyedRoutes: KeyedRoutes }): boolean {
  return isIdempotent(head.method) || isKnownAgain(head, at.keyedRoutes)
}

function isKnownAgain({ fields, method, target }: RequestHead, routes: KeyedRoutes): boolean {
  const keys = fieldValues(fields, keyField)
  if (keys.length !== 1 || keys[0] === "" || !routes.has(method, originForm(target, method))) return false
  // What Connection names ends here: the backend never sees it.
  return !connectionTokens(fields).includes(keyField)
}
