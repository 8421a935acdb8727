import { join } from "node:path"
import { AcmeAuthority } from "../../acme/acme-authority.ts"
import { CertificateStore, folderNameOf } from "../../acme/certificate-store.ts"
import { fileOrderHistory } from "../../control/certificates/order-history.ts"
import type { ControlOptions } from "../../control/control.ts"
import type { AcmeConfig } from "../../topology/config-acme.ts"
import { paths } from "../project-paths.ts"

/** Where the certificate of `edge/tls/acme` lies, once there is one; undefined where none is ordered. */
export function acmeCertificateFile(config: AcmeConfig): string | undefined {
  return config.domains.length === 0 ? undefined : storeOf(config).file
}

/** What the control plane orders a certificate with. */
export function acmeCertificate(config: AcmeConfig): ControlOptions["certificate"] {
  if (config.domains.length === 0) return undefined
  return {
    authority: new AcmeAuthority(config, storeOf(config)),
    history: acmeHistory(config),
    random: Math.random,
  }
}

/** What the orders before came to. */
export function acmeHistory(config: AcmeConfig) {
  return fileOrderHistory(join(storeOf(config).folder, "history.json"))
}

function storeOf({ directoryUrl }: AcmeConfig): CertificateStore {
  return new CertificateStore(join(paths.acme, folderNameOf(directoryUrl)))
}
