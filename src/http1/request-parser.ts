import { sectionReader } from "./field-section.ts"
import {
  defaultLimits,
  type Limits,
  type MessageParser,
  type MessageSink,
  type RequestHead,
} from "./http1.ts"
import { MessageReader } from "./message-reader.ts"
import { parseRequestHead } from "./request-head.ts"

/** Reads the requests of one connection. An upgrade or CONNECT ends like any request; what follows is the caller's. */
export function createRequestParser(
  sink: MessageSink<RequestHead>,
  limits: Partial<Limits> = {},
): MessageParser {
  const all = { ...defaultLimits, ...limits }
  const read = sectionReader()
  return new MessageReader<RequestHead>({
    sink,
    limits: all,
    leadingLine: true,
    parseHead: text => parseRequestHead(text, all, read),
    isSwitch: () => false,
  })
}
