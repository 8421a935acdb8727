import type { Track } from "./place.ts"

/**
 * The backends that a request of a track may go to: those of its own, unless none of them is there, or all have failed
 * it already; then those of the other. A canary that is away, or a baseline, fails nobody.
 */
export function onTrack<T extends { readonly id: string }>(
  rotation: readonly T[],
  track: Track,
  trackOf: (backend: T) => Track | undefined,
  tried: readonly string[],
): readonly T[] {
  const own = rotation.filter(backend => trackOf(backend) === track)
  const others = rotation.filter(backend => trackOf(backend) !== track)
  const isFresh = ({ id }: T) => !tried.includes(id)
  if (own.some(isFresh)) return own
  if (others.some(isFresh) || own.length === 0) return others
  return own
}
