import { createHash, createPrivateKey, X509Certificate } from "node:crypto"
import { existsSync, readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { messageOf } from "../kit/errors.ts"
import { writeFileAtomic } from "../kit/node/atomic-file.ts"
import type { Issued, OrderBegun } from "./acme.ts"
import { acmeError } from "./acme-errors.ts"

/** Of what, and for how long. */
export type CertificateLife = {
  readonly names: readonly string[]
  readonly notBeforeMs: number
  readonly notAfterMs: number
}

/**
 * What is kept of one authority, in a folder of its own, so that a change of `directoryUrl` begins anew: 0700, files 0600.
 *
 *     account.pem   the account's key: the account itself
 *     order.json    an order under way, with its key
 *     site.pem      the certificate, its chain and its key, in one file: it is switched whole, by one rename
 */
export class CertificateStore {
  readonly folder: string

  constructor(folder: string) {
    this.folder = folder
  }

  /** Where the certificate lies, once there is one. */
  get file(): string {
    return join(this.folder, "site.pem")
  }

  /** The same at every call; made by `make` at the first. Throws BN1613. */
  accountKey(make: () => string): string {
    const file = join(this.folder, "account.pem")
    return this.#orFail(() => {
      if (!existsSync(file)) writeFileAtomic(file, make())
      return readFileSync(file, "utf8")
    })
  }

  /** One that cannot be read is none: another one is ordered. */
  get begun(): OrderBegun | undefined {
    try {
      return JSON.parse(readFileSync(this.#orderFile, "utf8")) as OrderBegun
    } catch {
      return undefined
    }
  }

  /** Throws BN1613. */
  keep(begun: OrderBegun): void {
    this.#orFail(() => writeFileAtomic(this.#orderFile, JSON.stringify(begun)))
  }

  /** Throws BN1612 where certificate, key and names do not belong together, BN1613. */
  save({ chain, key }: Issued, domains: readonly string[]): void {
    check(chain, key, domains)
    this.#orFail(() => {
      writeFileAtomic(this.file, `${chain.trimEnd()}\n${key}`)
      rmSync(this.#orderFile, { force: true })
    })
  }

  /** Of the certificate that is there; undefined when there is none that can be read. */
  life(): CertificateLife | undefined {
    try {
      const leaf = new X509Certificate(readFileSync(this.file))
      const names = (leaf.subjectAltName ?? "").split(", ").map(name => name.replace(/^DNS:/, ""))
      return { names, notBeforeMs: leaf.validFromDate.getTime(), notAfterMs: leaf.validToDate.getTime() }
    } catch {
      return undefined
    }
  }

  get #orderFile(): string {
    return join(this.folder, "order.json")
  }

  #orFail<T>(work: () => T): T {
    try {
      return work()
    } catch (error) {
      throw acmeError("BN1613", { folder: this.folder, reason: messageOf(error) }, error)
    }
  }
}

/** `acme-v02.api.letsencrypt.org-1a2b3c4d`: readable, and another one for each address. */
export function folderNameOf(directoryUrl: string): string {
  const hash = createHash("sha256").update(directoryUrl).digest("hex").slice(0, 8)
  return `${new URL(directoryUrl).hostname.replace(/[^a-z0-9.-]/g, "_")}-${hash}`
}

function check(chain: string, key: string, domains: readonly string[]): void {
  try {
    const leaf = new X509Certificate(chain)
    if (!leaf.checkPrivateKey(createPrivateKey(key))) throw new Error("it is for another key")
    const missing = domains.find(domain => leaf.checkHost(domain, { subject: "never" }) === undefined)
    if (missing !== undefined) throw new Error(`it does not name ${missing}`)
  } catch (error) {
    throw acmeError("BN1612", { reason: messageOf(error) }, error)
  }
}
