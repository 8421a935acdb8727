/** Certificates that are ordered from an authority by ACME (RFC 8555), each name proved by HTTP-01. */

export type AcmeSettings = {
  /** DNS names, all in one certificate. */
  readonly domains: readonly string[]
  /** Whom the authority may write to. */
  readonly email?: string | undefined
  /** https:// address. */
  readonly directoryUrl: string
  /** A PEM file: the roots by which the directory is trusted, in place of the well-known ones. */
  readonly caFile?: string | undefined
}

/** Who asks for `/.well-known/acme-challenge/<token>` at port 80 of a name must get the answer. */
export type ChallengeAnswer = { readonly token: string; readonly answer: string }

/** An order that is under way: with it, whoever comes next gets the certificate and need not order another one. */
export type OrderBegun = {
  /** The authority's address of it. */
  readonly url: string
  /** The certificate's private key, PEM. */
  readonly key: string
}

export type OrderRequest = Omit<AcmeSettings, "caFile"> & {
  /** What `caFile` holds. */
  readonly ca?: string | undefined
  /** PEM. The same key is the same account. */
  readonly accountKey: string
  /** To be gone on with, where the authority still knows it. */
  readonly begun?: OrderBegun | undefined
}

/** What an order needs of the place it is carried out in. */
export interface OrderSteps {
  /** Before the authority is asked for a certificate with this key. */
  keep(begun: OrderBegun): Promise<void>
  /** Resolves when every front door answers so. */
  publish(challenges: readonly ChallengeAnswer[]): Promise<void>
}

export type Issued = {
  /** PEM: the certificate, then the chain. */
  readonly chain: string
  /** PEM. */
  readonly key: string
}
