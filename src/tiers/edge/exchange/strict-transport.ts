import { fieldValue, type ResponseHead } from "../../../http1/index.ts"

/** An answer with Strict-Transport-Security, where there is something to say. What the app says of it itself stays (RFC 6797 section 8.1: the first counts). */
export function withHsts(answer: ResponseHead, hsts: string | undefined): ResponseHead {
  if (hsts === undefined || fieldValue(answer.fields, "strict-transport-security") !== undefined)
    return answer
  return { ...answer, fields: [...answer.fields, "Strict-Transport-Security", hsts] }
}
