import { sectionReader } from "./field-section.ts"
import {
  defaultLimits,
  type Limits,
  type MessageSink,
  type ResponseHead,
  type ResponseParser,
} from "./http1.ts"
import { reject } from "./http1-errors.ts"
import { MessageReader } from "./message-reader.ts"
import { isSwitch, parseResponseHead } from "./response-head.ts"

/**
 * Reads the responses on one connection. An interim response (1xx but 101) is a message of its own: head, end; the
 * final one is still expected. Bytes that come while no request is outstanding are refused at once, so that they can
 * never pass for the answer to the next one.
 */
export function createResponseParser(
  sink: MessageSink<ResponseHead>,
  limits: Partial<Limits> = {},
): ResponseParser {
  return new ResponseReader(sink, { ...defaultLimits, ...limits })
}

class ResponseReader extends MessageReader<ResponseHead> implements ResponseParser {
  readonly #awaited: { method: string | undefined }

  constructor(sink: MessageSink<ResponseHead>, limits: Limits) {
    const read = sectionReader()
    const awaited: { method: string | undefined } = { method: undefined }
    super({
      sink,
      limits,
      leadingLine: false,
      parseHead: text => {
        if (awaited.method === undefined) throw reject("response-unasked")
        return parseResponseHead(text, awaited.method, limits, read)
      },
      isSwitch: head => isSwitch(head.status, awaited.method ?? ""),
      onEnd: head => {
        if (head.status >= 200) awaited.method = undefined
      },
    })
    this.#awaited = awaited
  }

  expect(method: string): void {
    this.#awaited.method = method
  }

  override push(bytes: Uint8Array): number {
    if (this.#awaited.method === undefined && bytes.length > 0) this.kill(reject("response-unasked"))
    return super.push(bytes)
  }
}
