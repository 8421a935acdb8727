import type { z } from "@hono/zod-openapi"

/** Turns a place in a list into an opaque string and back. */
export type Cursor<T> = {
  readonly name: string
  encode(place: T): string
  /** The place, or undefined when the string is not one that `encode` made for this list. */
  decode(text: string): T | undefined
}

/**
 * Cursors of one list: base64url of `[name, place]`. Strict, for what comes back is the client's: the name keeps one
 * list's cursor out of another, the schema checks each part, and only the canonical spelling counts. They are not
 * signed: a forged cursor only names another place in a list that anyone may read.
 */
export function defineCursor<T>(name: string, schema: z.ZodType<T>): Cursor<T> {
  // Parsing puts the parts in the schema's order: one place has one spelling.
  const encode = (place: T): string =>
    Buffer.from(JSON.stringify([name, schema.parse(place)])).toString("base64url")
  return {
    name,
    encode,
    decode(text) {
      const parsed = parseJson(Buffer.from(text, "base64url").toString("utf8"))
      if (!Array.isArray(parsed) || parsed.length !== 2 || parsed[0] !== name) return undefined
      const place = schema.safeParse(parsed[1])
      return place.success && encode(place.data) === text ? place.data : undefined
    },
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
