import type { Readable } from "node:stream"

export type StoredObject = { readonly name: string; readonly bytes: number }

/** An object's bytes: at once, or as they come. */
export type ObjectBody = Uint8Array | AsyncIterable<Uint8Array>

/**
 * Where backups lie: named objects, each whole or not there. Names are parts of letters, digits, `.`, `_` and `-`,
 * divided by `/`. Nothing is encrypted here: that is the target's (an encrypted disk, a bucket with encryption at rest).
 */
export interface BackupTarget {
  /** For people: the folder, or `s3://bucket/prefix`. Never a credential. */
  readonly name: string

  /**
   * Replaces an object; durable once it resolves. Until then, and when it rejects, readers see what was there before. Gives
   * its size. Rejects with BN2401, BN2402, BN2404, with what the body throws, or with the signal's reason.
   */
  put(name: string, body: ObjectBody, signal?: AbortSignal): Promise<number>

  /** The bytes, as they come. Rejects with BN2403 when there is none, BN2401; the stream fails with what the system says. */
  get(name: string): Promise<Readable>

  /** Everything whose name begins with `prefix`, ordered by name. Rejects with BN2401, BN2404. */
  list(prefix: string): Promise<readonly StoredObject[]>

  /** Resolves too when there is none. Rejects with BN2401. */
  delete(name: string): Promise<void>
}

/** Throws on a name that no caller may make: it could lead out of the target. */
export function checkName(name: string): void {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*(\/[A-Za-z0-9][A-Za-z0-9._-]*)*$/.test(name))
    throw new RangeError(`${JSON.stringify(name)} is no name for an object`)
}
