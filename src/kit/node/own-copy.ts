/** In memory of its own: bytes may rest here, and a part of a larger piece, or of Node's pool, holds on to all of it. */
export function ownCopy(bytes: Uint8Array): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length)
  copy.set(bytes)
  return copy
}
