/**
 * An error as everybody may read it: its code (`BN2203`, `SQLSTATE 23505`, `ECONNREFUSED`) and its class. Never its message,
 * which may tell of values; that stands in the log.
 */
export function errorWords(error: unknown): string {
  if (typeof error !== "object" || error === null) return "failed"
  const { code, name } = error as { readonly code?: unknown; readonly name?: unknown }
  const kind = typeof name === "string" && name !== "" ? name.slice(0, 60) : "Error"
  if (typeof code !== "string" || code === "") return kind
  if (code.startsWith("BN")) return code
  if (/^[0-9A-Z]{5}$/.test(code)) return `SQLSTATE ${code}`
  return /^[A-Z][A-Z0-9_]{1,40}$/.test(code) ? `${kind} ${code}` : kind
}
