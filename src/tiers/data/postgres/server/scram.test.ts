import assert from "node:assert/strict"
import { createHmac } from "node:crypto"
import { test } from "node:test"
import { scramVerifier } from "./scram.ts"

test("the server key signs the example of RFC 7677, section 3, as printed there", () => {
  const salt = "W22ZaJ0SNY7soEsUEjb6gQ=="
  const nonce = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
  const messages = `n=user,r=rOprNGfwEbeRWgbNEkqO,r=${nonce},s=${salt},i=4096,c=biws,r=${nonce}`
  const verifier = scramVerifier("pencil", Buffer.from(salt, "base64"))
  const [, keySalt, serverKey] = /^SCRAM-SHA-256\$4096:([^$]+)\$[^:]+:(.+)$/.exec(verifier) ?? []
  assert.equal(keySalt, salt)
  const signature = createHmac("sha256", Buffer.from(serverKey ?? "", "base64"))
    .update(messages)
    .digest("base64")
  assert.equal(signature, "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")
})
