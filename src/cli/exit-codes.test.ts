import assert from "node:assert/strict"
import { test } from "node:test"
import { statusOf } from "../control/api/error-answer.ts"
import { exitCodeOf } from "./exit-codes.ts"
import { knownErrors } from "./known-errors.ts"

/** Of those a command finds out by itself; every other one is 1. */
const ofCommands: Readonly<Record<number, readonly string[]>> = {
  2: ["BN1004", "BN2411", "BN2415", "BN3003", "BN3203", "BN3205", "BN3207", "BN3208"],
  4: ["BN3204"],
}
/** Of those the service answers with; of all others the user's mistakes are 2, and what is no fault of the user's is 1. */
const ofTheService: Readonly<Record<number, readonly string[]>> = {
  // Begun, and given up.
  1: ["BN2291", "BN2295"],
  // The stage, or the moment, does not allow it.
  3: [
    ...["BN1301", "BN1302", "BN1303", "BN1304", "BN1305", "BN1307", "BN1340", "BN1341"],
    ...["BN1352", "BN1354", "BN1355", "BN1356", "BN2293", "BN2296", "BN2297", "BN3111"],
  ],
}

test("the exit code of every error, found out by a command or said by the service", () => {
  const listed = [ofCommands, ofTheService].flatMap(table => Object.values(table).flat())
  for (const code of listed) assert.ok(code in knownErrors, `${code} is an error`)
  for (const [code, { fault }] of Object.entries(knownErrors)) {
    assert.equal(exitCodeOf({ code }), rowOf(ofCommands, code) ?? 1, code)
    const said = rowOf(ofCommands, code) ?? rowOf(ofTheService, code) ?? (fault === "user" ? 2 : 1)
    assert.equal(exitCodeOf({ code, status: statusOf({ code, fault }) }), said, `${code} of the service`)
  }
})

function rowOf(table: Readonly<Record<number, readonly string[]>>, code: string): number | undefined {
  const found = Object.entries(table).find(([, codes]) => codes.includes(code))
  return found && Number(found[0])
}
