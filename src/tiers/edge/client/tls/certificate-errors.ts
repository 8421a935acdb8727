import { defineErrors } from "../../../../kit/errors.ts"

const again =
  "Correct the file or `edge/tls/certificates`; a service that runs goes on with the last good pair."

/** What is wrong with a pair of files; no client sees any of it. */
export const certificateError = defineErrors({
  BN2040: {
    fault: "user",
    say: d => `${d.file}: cannot be read: ${d.reason}`,
    todo: "Give the user that runs the service the right to read it, or correct `edge/tls/certificates`.",
  },
  BN2041: {
    fault: "user",
    say: d => `${d.file}: holds no certificate that can be served: ${d.reason}`,
    todo: `It must be PEM, the server's own certificate first, then the chain. ${again}`,
  },
  BN2042: {
    fault: "user",
    say: d => `${d.file}: holds no private key that can be used: ${d.reason}`,
    todo: `It must be PEM, without a passphrase. ${again}`,
  },
  BN2043: {
    fault: "user",
    say: d => `${d.file}: is not the private key of ${d.cert}`,
    todo: `Certificate and key come in pairs. ${again}`,
  },
  BN2044: {
    fault: "user",
    say: d => `${d.file}: is valid from ${d.from} to ${d.to} only`,
    todo: `Renew the certificate, or set the machine's clock. ${again}`,
  },
})
