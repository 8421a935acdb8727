import { fieldValue, type ResponseHead } from "../../../http1/index.ts"
import { EventStreamTail, isEventStream } from "../../streams/event-stream.ts"

/** By which an answer is ended that would go on for ever; undefined when it is no event stream without a length. */
export function eventTail({ body, fields }: ResponseHead): EventStreamTail | undefined {
  const hasNoLength = body.kind === "chunked" || body.kind === "until-close"
  return hasNoLength && isEventStream(name => fieldValue(fields, name)) ? new EventStreamTail() : undefined
}
