import { constants } from "node:os"
import { closestWord } from "../kit/closest-word.ts"
import { type GroupName, groupNames } from "../topology/topology.ts"
import { type Change, type KillSignal, killSignals } from "../wire/admin.ts"
import { cliError } from "./cli-errors.ts"

/** Of a command that never asks, so that a script may say it to all. */
export const asksNothing = ["-y, --yes", "accepted everywhere; this command asks nothing"] as const

/** A whole number in a range. Throws BN3203. */
export function parseCount(argument: string, text: string, least: number, most: number): number {
  const count = Number(text)
  if (/^\d+$/.test(text) && count >= least && count <= most) return count
  throw cliError("BN3203", { argument, expected: `a whole number from ${least} to ${most}`, got: text })
}

/** One of a few words. Throws BN3203, with the one that was probably meant. */
export function parseChoice<const Word extends string>(
  argument: string,
  text: string,
  words: readonly Word[],
): Word {
  const found = words.find(word => word === text)
  if (found !== undefined) return found
  const meant = closestWord(text, words)
  const expected = `${words.join(", ")}${meant === undefined ? "" : ` (did you mean \`${meant}\`?)`}`
  throw cliError("BN3203", { argument, expected: `one of ${expected}`, got: text })
}

/** `web=4 edge=1` as a change. Throws BN3203. */
export function parseScale(words: readonly string[]): Change {
  const instances: { [group in GroupName]?: number } = {}
  for (const word of words) {
    const [name = "", ...count] = word.split("=")
    const group = groupNames.find(known => known === name)
    if (group === undefined) {
      const meant = closestWord(name, groupNames)
      const expected = `${meant === undefined ? groupNames.join(", ") : `\`${meant}\``} before the =`
      throw cliError("BN3203", { argument: word, expected, got: name })
    }
    instances[group] = parseCount(group, count.join("="), 0, 64)
  }
  if (words.length === 0) {
    throw cliError("BN3203", { argument: "scale", expected: "what to scale, such as web=4", got: "nothing" })
  }
  return { type: "scale", instances }
}

/** `KILL`, `SIGTERM`, `9` as a signal's name. Throws BN3203. */
export function parseSignal(text: string): KillSignal {
  const wanted = text.toUpperCase().replace(/^(SIG)?/, "SIG")
  const found = killSignals.find(name => name === wanted || String(constants.signals[name]) === text)
  return found ?? parseChoice("--signal", text, killSignals)
}
