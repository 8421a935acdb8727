import { type Random, randomInt } from "../../kit/random.ts"
import type { FinalRead, Operation } from "../history/history.ts"

/** What an operation did or saw at its moment of effect. */
export type Taken = {
  readonly version: number
  readonly saw: string | null
  readonly items: readonly string[]
}

/** Registers and lists that keep all their versions, so that a lagging replica is a lower version. */
export class SimulatedStore {
  readonly #registers = new Map<string, (string | null)[]>()
  readonly #lists = new Map<string, (readonly string[])[]>()
  readonly #floors = new Map<string, number>()

  /** Lets an operation take its effect now. */
  take(operation: Operation, lagging: boolean, random: Random): Taken {
    const { kind, key, value } = operation
    if (kind === "request") return { version: 0, saw: null, items: [] }
    if (kind === "write" || kind === "read") {
      const values = this.#registerOf(key)
      if (kind === "write") values.push(value!)
      const version = this.#versionFor(operation, values.length - 1, lagging, random)
      return { version, saw: values[version]!, items: [] }
    }
    const states = this.#listOf(key)
    const items = states.at(-1)!
    if (kind === "add") states.push([...items, value!])
    if (kind === "remove" && items.includes(value!)) states.push(items.filter(item => item !== value))
    const version = this.#versionFor(operation, states.length - 1, lagging, random)
    return { version, saw: null, items: states[version]! }
  }

  /** A session has been told of a version: from now on it sees no lower one. */
  learned({ session, key }: Operation, version: number): void {
    const name = `${session} ${key}`
    this.#floors.set(name, Math.max(version, this.#floors.get(name) ?? 0))
  }

  items(key: string): readonly string[] {
    return this.#lists.get(key)?.at(-1) ?? []
  }

  finals(random: Random): FinalRead[] {
    return [...this.#lists].flatMap(([key, states]) => {
      const items = states.at(-1)!
      const middle = randomInt(random, items.length + 1)
      return [
        { key, items: items.slice(0, middle) },
        { key, items: items.slice(middle) },
      ]
    })
  }

  #registerOf(key: string): (string | null)[] {
    const values = this.#registers.get(key) ?? [null]
    this.#registers.set(key, values)
    return values
  }

  #listOf(key: string): (readonly string[])[] {
    const states = this.#lists.get(key) ?? [[]]
    this.#lists.set(key, states)
    return states
  }

  #versionFor({ kind, session, key }: Operation, latest: number, lagging: boolean, random: Random): number {
    if (!lagging || (kind !== "read" && kind !== "list")) return latest
    const floor = this.#floors.get(`${session} ${key}`) ?? 0
    return floor + randomInt(random, latest - floor + 1)
  }
}
