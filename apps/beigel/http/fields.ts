import { z } from "@hono/zod-openapi"
import { decodeId, decodePostId } from "../public-id.ts"

/** The fields that requests are made of. Each refuses with a sentence that says what would be right. */

export const cafeId = idField("café", decodeId)
export const postId = idField("post", decodePostId)
export const userId = idField("person", decodeId)

export const latitude = degreesField("lat", 90)
export const longitude = degreesField("lon", 180)

export const point = z.object({ lat: latitude, lon: longitude })

export const limit = z
  .string()
  .regex(/^[1-9]\d?$|^100$/, "limit has to be a whole number from 1 to 100")
  .default("20")
  .transform(Number)
  .openapi({ type: "integer", minimum: 1, maximum: 100, default: 20 })

/** Opaque; each list decodes its own. */
export const cursorText = z
  .string()
  .max(2000, "cursor is longer than any that Beigel gave")
  .optional()
  .openapi({ description: "`nextCursor` of the page before" })

const MAX_TEXT_CHARACTERS = 2000

export const postText = storableText("text")
  .refine(text => text.trim() !== "", "text is empty")
  .refine(
    text => [...text].length <= MAX_TEXT_CHARACTERS,
    `text is longer than ${MAX_TEXT_CHARACTERS} characters`,
  )
  .openapi({ minLength: 1, maxLength: MAX_TEXT_CHARACTERS, example: "Best everything bagel in Brooklyn." })

export const searchText = storableText("q")
  .transform(text => text.trim())
  .refine(text => text !== "", "q is empty: it has to name at least one word")
  .refine(text => [...text].length <= 100, "q is longer than 100 characters")
  .openapi({ description: "Words, all of which the name contains", example: "bagel" })

export const handle = z
  .string("handle has to be a string")
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,30}[A-Za-z0-9]$/,
    "handle has to be 2 to 32 letters, digits, dots, hyphens or underscores, a letter or digit first and last",
  )
  .openapi({ example: "sesame" })

export const password = z
  .string("password has to be a string")
  .min(8, "password has to have at least 8 characters")
  .max(200, "password is longer than 200 characters")
  .openapi({ format: "password", minLength: 8, maxLength: 200 })

/** Postgres stores any text but NUL, and only whole characters survive UTF-8. */
function storableText(name: string) {
  return z
    .string(`${name} has to be a string`)
    .refine(text => !text.includes("\0"), `${name} contains the character NUL`)
    .refine(text => text.isWellFormed(), `${name} contains half of a surrogate pair`)
}

function degreesField(name: string, bound: number) {
  const rule = `${name} has to be a number of degrees from -${bound} to ${bound}`
  return z
    .string(rule)
    .regex(/^[+-]?(\d+(\.\d*)?|\.\d+)$/, rule)
    .transform(Number)
    .refine(degrees => Math.abs(degrees) <= bound, rule)
    .openapi({ type: "number", minimum: -bound, maximum: bound })
}

function idField<T>(noun: string, decode: (publicId: string) => T | undefined) {
  return z
    .string()
    .transform((publicId, context): T => {
      const decoded = decode(publicId)
      if (decoded !== undefined) return decoded
      context.addIssue({ code: "custom", message: `this is not the id of a ${noun}` })
      return z.NEVER
    })
    .openapi({ type: "string", description: `Public id of a ${noun}` })
}
