/** The door of the codec: parsers and encoders for one connection's bytes, and helpers over their fields. */

export { httpDate } from "./date.ts"
export {
  chunkEnd,
  encodeChunkHead,
  encodeRequestHead,
  encodeResponseHead,
  lastChunk,
  requestHeadText,
  responseHeadText,
} from "./encode.ts"
export {
  connectionTokens,
  endToEndFields,
  endToEndLines,
  fieldValue,
  fieldValues,
  listMembers,
  withField,
  withoutFields,
} from "./fields.ts"
export * from "./http1.ts"
export { codeOfRule, HttpParseError, type HttpRule } from "./http1-errors.ts"
export { reasonOf } from "./reasons.ts"
export { createRequestParser } from "./request-parser.ts"
export { createResponseParser } from "./response-parser.ts"
export { originForm } from "./target.ts"
