import { fieldValue, type ResponseHead, withField } from "../../../http1/index.ts"

/**
 * An answer with Strict-Transport-Security, where there is something to say. What the app says of it itself stays
 * (RFC 6797 section 8.1: the first counts).
 */
export function withHsts(answer: ResponseHead, hsts: string | undefined): ResponseHead {
  if (hsts === undefined || fieldValue(answer.fields, "strict-transport-security") !== undefined)
    return answer
  return withField(answer, "Strict-Transport-Security", hsts)
}
