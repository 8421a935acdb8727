/**
 * Whether a target's path is Banyan's own (`/.banyan/...`), which is for the inside only. Read as suspiciously as any
 * backend might: escapes are resolved, `\` separates too, and the reserved segment counts wherever `..` could move it.
 */
export function isReservedPath(target: string): boolean {
  if (!/(?:\.|%2e)(?:b|%[46]2)/i.test(target)) return false
  const [path = ""] = target.split(/[?#]/, 1)
  const plain = path.replace(/%([0-9a-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
  return plain.split(/[/\\]/).some(segment => segment.toLowerCase() === ".banyan")
}
