import { defineErrors } from "../kit/errors.ts"

const again = "It is tried again by itself; after a correction at once with `npx banyan certificates renew`."

/** Why there is no new certificate. The service serves on with what it has. */
export const acmeError = defineErrors({
  BN1601: {
    fault: "system",
    say: d => `the certificate authority at ${d.host} cannot be reached: ${d.reason}`,
    todo: `This machine must reach it; \`edge/tls/acme/directoryUrl\` says where, \`caFile\` by which roots one of your own is trusted. ${again}`,
  },
  BN1602: {
    fault: "user",
    say: d => `${d.url}: is no ACME directory: ${d.reason}`,
    todo: "Correct `edge/tls/acme/directoryUrl`; Let's Encrypt's stands there when it is left out.",
  },
  BN1603: {
    fault: "user",
    say: d => `${d.domain}: the certificate authority could not see that the name leads here: ${d.reason}`,
    todo: `In DNS the name must lead to this machine, and its port 80 to \`port\`, from everywhere. ${again}`,
  },
  BN1604: {
    fault: "user",
    say: d => `the certificate authority wants fewer orders: ${d.reason}`,
    todo: "Nothing is asked before the time it said. To try things out, use a staging directory: `edge/tls/acme/directoryUrl`.",
  },
  BN1605: {
    fault: "user",
    say: d => `the certificate authority refuses: ${d.reason} (${d.type})`,
    todo: `What it says must be mended: the names of \`edge/tls/acme/domains\`, or DNS (a CAA record). ${again}`,
  },
  BN1606: {
    fault: "system",
    say: d => `the certificate authority did not finish the order within ${d.timeoutMs} ms`,
    todo: `Its status page may say why. The order is gone on with. ${again}`,
  },
  BN1607: {
    fault: "user",
    say: d => `the certificate authority wants its terms agreed to: ${d.reason}`,
    todo: `Read them at the address it names. ${again}`,
  },
  BN1608: {
    fault: "user",
    say: d => `the certificate authority does not take the e-mail address: ${d.reason}`,
    todo: "Correct `edge/tls/acme/email`, or leave it out.",
  },
  BN1609: {
    fault: "user",
    say: () => "the certificate authority wants an account that was made with it beforehand",
    todo: "External account binding is not offered: choose an authority without (`edge/tls/acme/directoryUrl`), or use certificate files.",
  },
  BN1610: {
    fault: "system",
    say: d => `the order of a certificate broke off: ${d.reason}`,
    todo: `The supervisor's log has more: \`npx banyan logs supervisor\`. ${again}`,
  },
  BN1611: {
    fault: "user",
    say: d => `${d.file}: holds no roots that can be read: ${d.reason}`,
    todo: "`edge/tls/acme/caFile` is a PEM file of one or more certificates.",
  },
  BN1612: {
    fault: "system",
    say: d => `the certificate that came is of no use: ${d.reason}`,
    todo: `The authority sent something else than was ordered. ${again}`,
  },
  BN1613: {
    fault: "system",
    say: d => `${d.folder}: cannot be used: ${d.reason}`,
    todo: "Give the user that runs the service the right to write there, or free some space; account and certificate lie there.",
  },
})
