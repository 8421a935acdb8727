import { X509Certificate } from "node:crypto"
import { readFileSync } from "node:fs"
import { messageOf } from "../kit/errors.ts"
import type { AcmeSettings, OrderSteps } from "./acme.ts"
import { acmeError } from "./acme-errors.ts"
import type { CertificateLife, CertificateStore } from "./certificate-store.ts"
import { newKey } from "./new-key.ts"
import { orderInProcess } from "./order-in-process.ts"

/** One authority, and what is kept of it: what the control plane orders its certificate from. */
export class AcmeAuthority {
  readonly domains: readonly string[]
  readonly directoryUrl: string
  readonly #settings: AcmeSettings
  readonly #store: CertificateStore

  constructor(settings: AcmeSettings, store: CertificateStore) {
    this.domains = settings.domains
    this.directoryUrl = settings.directoryUrl
    this.#settings = settings
    this.#store = store
  }

  /** Of the certificate that is there. */
  life(): CertificateLife | undefined {
    return this.#store.life()
  }

  /**
   * Orders one certificate for all names, or goes on with an order that was begun, and puts it where front doors find it.
   * Throws BN1601 to BN1613.
   */
  async order(publish: OrderSteps["publish"], signal: AbortSignal): Promise<void> {
    const store = this.#store
    const { caFile, domains, email, directoryUrl } = this.#settings
    const ca = caFile === undefined ? undefined : readRoots(caFile)
    const accountKey = store.accountKey(newKey)
    const keep: OrderSteps["keep"] = async begun => store.keep(begun)
    const request = { domains, email, directoryUrl, ca, accountKey, begun: store.begun }
    store.save(await orderInProcess(request, { keep, publish }, signal), this.domains)
  }
}

/** The roots in a file, PEM. Throws BN1611. */
export function readRoots(file: string): string {
  try {
    const pem = readFileSync(file, "utf8")
    new X509Certificate(pem)
    return pem
  } catch (error) {
    throw acmeError("BN1611", { file, reason: messageOf(error) }, error)
  }
}
