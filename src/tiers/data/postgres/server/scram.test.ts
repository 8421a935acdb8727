import assert from "node:assert/strict"
import { test } from "node:test"
import { scramVerifier } from "./scram.ts"

test("RFC 7677, section 3: the verifier of the example's password and salt", () => {
  // StoredKey and ServerKey follow from the example; its ClientProof and ServerSignature were checked against them.
  const verifier = scramVerifier("pencil", Buffer.from("W22ZaJ0SNY7soEsUEjb6gQ==", "base64"))
  assert.equal(
    verifier,
    "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=",
  )
})
