import { encodeRequestHead } from "../../http1/index.ts"
import type { LoadRequest, LoadTarget } from "./load.ts"
import { authorityOf } from "./load-connection.ts"

/** A request's bytes; one that is the same as the one before is encoded once. */
export function requestEncoder(target: LoadTarget): (request: LoadRequest) => Buffer {
  const host = authorityOf(target)
  let last: { readonly request: LoadRequest; readonly bytes: Buffer } | undefined
  return request => {
    if (last?.request !== request) last = { request, bytes: encodeRequest(host, request) }
    return last.bytes
  }
}

function encodeRequest(host: string, { method, target, body, fields = [] }: LoadRequest): Buffer {
  const own = ["Host", host, ...fields]
  if (body === undefined) return encodeRequestHead({ method, target, fields: own })
  const bytes = Buffer.from(body)
  const all = [...own, "Content-Length", String(bytes.length)]
  return Buffer.concat([encodeRequestHead({ method, target, fields: all }), bytes])
}
