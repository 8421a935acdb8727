/** W3C Trace Context level 1, section 3.2: version ff is invalid, and so are ids of zeros alone. */
const pattern = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/

export type TraceParent = {
  readonly traceId: string
  readonly parentId: string
  readonly flags: "00" | "01"
}

/** Undefined: what is not well formed must not be gone on with. */
export function parseTraceParent(value: string): TraceParent | undefined {
  const [, version, traceId, parentId, flags = "", rest] = pattern.exec(value) ?? []
  if (traceId === undefined || parentId === undefined) return undefined
  if (version === "00" && rest !== undefined) return undefined
  // Of the flags only `sampled` is known to this version.
  return { traceId, parentId, flags: Number.parseInt(flags, 16) & 1 ? "01" : "00" }
}
