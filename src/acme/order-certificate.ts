import { axios, Client, crypto, type Order } from "acme-client"
import { isBanyanError, messageOf } from "../kit/errors.ts"
import type { Issued, OrderBegun, OrderRequest, OrderSteps } from "./acme.ts"
import { acmeError } from "./acme-errors.ts"
import { authorityTransport } from "./authority-transport.ts"
import { newKey } from "./new-key.ts"

/** How often an authority is asked whether it has finished: after half a second, later every five, for about 90 s. */
const polling = { backoffAttempts: 20, backoffMin: 500, backoffMax: 5_000 }
const pollingMs = 90_000

/**
 * Orders a certificate, or goes on with an order that was begun: the same account key finds the same account, and an
 * order's address and key are all that is needed. One at a time in a process. Throws BN1601 to BN1610.
 */
export async function orderCertificate(request: OrderRequest, steps: OrderSteps): Promise<Issued> {
  const { directoryUrl, accountKey, email, ca } = request
  axios.defaults.adapter = authorityTransport(ca)
  const client = new Client({ directoryUrl, accountKey, ...polling })
  try {
    await knowDirectory(client, directoryUrl)
    await knowAccount(client, email === undefined ? [] : [`mailto:${email}`])
    const { order, key } = (await goOn(client, request)) ?? (await begin(client, request, steps))
    return { key, chain: await finish(client, await proved(client, order, steps), request, key) }
  } catch (error) {
    throw isBanyanError(error) ? error : withoutCode(error, directoryUrl)
  }
}

type Begun = { readonly order: Order; readonly key: string }

/** The first that is asked: a page that is not there is another thing here than later. */
async function knowDirectory(client: Client, url: string): Promise<void> {
  await client.getTermsOfServiceUrl().catch(error => {
    if (isBanyanError(error) && error.code !== "BN1605") throw error
    const reason = isBanyanError(error) ? messageOf(error) : "its answer lists no addresses"
    throw acmeError("BN1602", { url, reason }, error)
  })
}

/** The account of this key, made at the first time, with the address that is wished now. */
async function knowAccount(client: Client, contact: string[]): Promise<void> {
  const known = await client.createAccount({ onlyReturnExisting: true }).catch(error => {
    if (isBanyanError(error) && error.details["type"] === "accountDoesNotExist") return undefined
    throw error
  })
  if (known === undefined) await client.createAccount({ termsOfServiceAgreed: true, contact })
  else if (contact.join() !== (known.contact ?? []).join()) await client.updateAccount({ contact })
}

/** What the library finds wrong itself. */
function withoutCode(error: unknown, url: string): Error {
  const reason = messageOf(error)
  return acmeError(/ACME directory/.test(reason) ? "BN1602" : "BN1610", { url, reason }, error)
}

/** Undefined when there is none, the authority has forgotten it or given it up, or it is for other names. */
async function goOn(client: Client, { begun, domains }: OrderRequest): Promise<Begun | undefined> {
  if (begun === undefined) return undefined
  try {
    const order = await client.getOrder({ url: begun.url } as Order)
    const names = order.identifiers.map(({ value }) => value)
    const isSame = names.length === domains.length && domains.every(domain => names.includes(domain))
    return isSame && order.status !== "invalid" ? { order, key: begun.key } : undefined
  } catch (error) {
    if (isBanyanError(error) && error.code !== "BN1605") throw error
    return undefined
  }
}

async function begin(client: Client, { domains }: OrderRequest, { keep }: OrderSteps): Promise<Begun> {
  const order = await client.createOrder({ identifiers: domains.map(value => ({ type: "dns", value })) })
  const begun: OrderBegun = { url: order.url, key: newKey() }
  await keep(begun)
  return { order, key: begun.key }
}

/** Shows the authority that every name leads here; what it knows already is not shown again. */
async function proved(client: Client, order: Order, { publish }: OrderSteps): Promise<Order> {
  if (order.status !== "pending") return order
  const open = (await client.getAuthorizations(order)).filter(({ status }) => status === "pending")
  const proofs = open.map(({ identifier: { value: domain }, challenges }) => {
    const challenge = challenges.find(({ type }) => type === "http-01")
    if (challenge === undefined)
      throw acmeError("BN1605", { reason: `it offers no HTTP-01 for ${domain}`, type: "challenges" })
    return { domain, challenge }
  })
  const answers = proofs.map(async ({ challenge }) => ({
    token: challenge.token,
    answer: await client.getChallengeKeyAuthorization(challenge),
  }))
  await publish(await Promise.all(answers))
  for (const { challenge } of proofs)
    if (challenge.status === "pending") await client.completeChallenge(challenge)
  for (const { domain, challenge } of proofs)
    await ended(client.waitForValidStatus(challenge), reason => acmeError("BN1603", { domain, reason }))
  const { url } = order
  const whole = await ended(client.waitForValidStatus(order), refused)
  return { ...whole, url }
}

async function finish(client: Client, order: Order, { domains }: OrderRequest, key: string): Promise<string> {
  if (order.status !== "ready") return ended(client.getCertificate(order), refused)
  const [, csr] = await crypto.createCsr({ altNames: [...domains] }, key)
  return ended(client.getCertificate(await client.finalizeOrder(order, csr)), refused)
}

const refused = (reason: string) => acmeError("BN1605", { reason, type: "order" })

/** The library has one kind of error: of what is still under way, and of what the authority has given up. */
async function ended<T>(work: Promise<T>, because: (reason: string) => Error): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (isBanyanError(error)) throw error
    const reason = messageOf(error)
    throw /pending or processing/.test(reason)
      ? acmeError("BN1606", { timeoutMs: pollingMs })
      : because(reason)
  }
}
