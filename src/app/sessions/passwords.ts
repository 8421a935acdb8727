import { randomBytes, scrypt, timingSafeEqual } from "node:crypto"
import { appError } from "../app-errors.ts"
import { WorkQueue } from "./work-queue.ts"

/**
 * scrypt's cost (RFC 7914): N x 128 x r bytes of memory, N x r x p of work. These parameters are one of the sets the
 * OWASP Password Storage Cheat Sheet holds equal, the one with the least memory: 16 MiB for each password in work.
 */
export type ScryptCost = { readonly N: number; readonly r: number; readonly p: number }
export const passwordCost: ScryptCost = { N: 2 ** 14, r: 8, p: 5 }

const saltBytes = 16
const hashBytes = 32

/** scrypt runs on the four threads that files and name look-ups need too: two are left to them. */
const queue = new WorkQueue(2, 128)

/** Compared with when there is no such user, so that the answer takes as long. */
const nobody = `scrypt$${passwordCost.N}$${passwordCost.r}$${passwordCost.p}$${"A".repeat(22)}$${"A".repeat(43)}`

/** What to store for a password: `scrypt$N$r$p$salt$hash`, salt and hash in base64url. Throws BN2301 when overloaded. */
export async function hashPassword(password: string, cost: ScryptCost = passwordCost): Promise<string> {
  const salt = randomBytes(saltBytes)
  const hash = await derive(password, salt, cost, hashBytes)
  return `scrypt$${cost.N}$${cost.r}$${cost.p}$${salt.toString("base64url")}$${hash.toString("base64url")}`
}

/**
 * Whether the password is the stored one. Give `undefined` when there is no such user: the work is done all the same,
 * so that time does not tell who has an account. Throws BN2301 when overloaded, BN2302 when `stored` is damaged.
 */
export async function verifyPassword(password: string, stored: string | undefined): Promise<boolean> {
  const { cost, salt, hash } = readStored(stored ?? nobody)
  const derived = await derive(password, salt, cost, hash.length)
  return timingSafeEqual(derived, hash) && stored !== undefined
}

/** Whether it was stored with another cost than today's: hash the password anew after a login that succeeded. */
export function needsRehash(stored: string): boolean {
  const { cost } = readStored(stored)
  return cost.N !== passwordCost.N || cost.r !== passwordCost.r || cost.p !== passwordCost.p
}

function derive(password: string, salt: Buffer, cost: ScryptCost, length: number): Promise<Buffer> {
  if (queue.full) return Promise.reject(appError("BN2301", { waiting: queue.waiting }))
  // Keyboards write the same letter in different ways (NIST SP 800-63B section 5.1.1.2).
  const text = password.normalize("NFKC")
  const options = { ...cost, maxmem: 128 * cost.N * cost.r * 2 + 1024 * 1024 }
  return queue.run(
    () =>
      new Promise((resolve, reject) => {
        scrypt(text, salt, length, options, (error, key) => (error === null ? resolve(key) : reject(error)))
      }),
  )
}

function readStored(stored: string): { cost: ScryptCost; salt: Buffer; hash: Buffer } {
  const match = /^scrypt\$(\d{1,8})\$(\d{1,3})\$(\d{1,3})\$([\w-]{8,})\$([\w-]{22,})$/.exec(stored)
  if (match === null) throw appError("BN2302", { reason: "its form is another" })
  const [, N, r, p, salt, hash] = match
  const cost = { N: Number(N), r: Number(r), p: Number(p) }
  if (cost.N < 2 || (cost.N & (cost.N - 1)) !== 0)
    throw appError("BN2302", { reason: `N=${N} is no power of two` })
  return { cost, salt: Buffer.from(salt!, "base64url"), hash: Buffer.from(hash!, "base64url") }
}
