import assert from "node:assert/strict"
import { test } from "node:test"
import { longFunctions } from "./long-functions.ts"

const body = (indent: string, lines: number) =>
  Array.from({ length: lines }, () => `${indent}  work()`).join("\n")

test("functions, methods, arrows and functions with long heads are measured; blocks and objects are not", () => {
  const long = [
    `export async function plain(): Promise<void> {\n${body("", 9)}\n}`,
    `class Thing {\n  async #method(a: number): Promise<void> {\n${body("  ", 9)}\n  }\n}`,
    `const arrow = () => {\n${body("", 9)}\n}`,
    `function headed(\n  a: number,\n): void {\n${body("", 9)}\n}`,
    `test("x", async t => {\n${body("", 9)}\n})`,
  ]
  for (const text of long) assert.equal(longFunctions(text, 10).length, 1, text)
  for (const text of long) assert.equal(longFunctions(text, 13).length, 0, text)
  const short = [
    `const table = {\n${body("", 99)}\n}`,
    `export class Thing {\n${body("", 99)}\n}`,
    `type Shape = {\n${body("", 99)}\n}`,
    `export const fail = defineErrors({\n${body("", 99)}\n})`,
  ]
  for (const text of short) assert.deepEqual(longFunctions(text, 10), [], text)
})
