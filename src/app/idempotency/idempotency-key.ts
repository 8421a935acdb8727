import { appError } from "../app-errors.ts"

const maxCharacters = 255

/** A string of RFC 8941 section 3.3.3, as the draft wants it: printable ASCII in quotes, `\` before a quote or itself. */
const quoted = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/
/** What most clients send: visible ASCII without quotes. A comma would be two fields that were joined to one. */
const bare = /^[\x21\x23-\x2b\x2d-\x5b\x5d-\x7e]*$/

/**
 * The key in an `Idempotency-Key` field (draft-ietf-httpapi-idempotency-key-header), in quotes or bare: the same key.
 * Throws BN2304, which says what is wrong with it.
 */
export function readIdempotencyKey(value: string): string {
  const key = quoted.exec(value)?.[1]?.replace(/\\(.)/g, "$1") ?? value
  if (key === "") throw broken("it is empty")
  if (key.length > maxCharacters)
    throw broken(`it has ${key.length} characters; ${maxCharacters} are allowed`)
  if (key === value && !bare.test(value)) {
    throw broken(
      value.includes(",")
        ? "it is more than one, or has a comma outside quotes"
        : "it has characters other than visible ASCII, or a quote that is not closed",
    )
  }
  return key
}

function broken(rule: string): Error {
  return appError("BN2304", { rule })
}
