import type { Challenge } from "../../wire/map.ts"
import type { CertificateLife } from "../plan/renewal.ts"

/** Where a certificate comes from, and what is there of it. boot joins it to an authority. */
export interface CertificateAuthority {
  /** The names that the certificate is for. */
  readonly domains: readonly string[]
  /** Its address, for people. */
  readonly directoryUrl: string
  /** Of the certificate that is there. */
  life(): CertificateLife | undefined
  /**
   * Orders a certificate and puts it where the front doors follow it. Safe to repeat: what an earlier control plane began
   * is gone on with. `publish` resolves when every front door answers so. Throws a BanyanError, whose detail
   * `retryAfterMs` says how long the authority wants to be left alone.
   */
  order(publish: (challenges: readonly Challenge[]) => Promise<void>, signal: AbortSignal): Promise<void>
}
