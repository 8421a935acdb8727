/** The platform's own classes, whatever stands in their global names later (install.ts). */
export const platform = {
  Request: globalThis.Request,
  Response: globalThis.Response,
  Headers: globalThis.Headers,
  fetch: globalThis.fetch,
} as const

type Class = { readonly name: string; readonly prototype: object }

/**
 * Lets `ours` pass for the platform's class: its name, `instanceof` for what either of them made, properties that are
 * listed as the platform lists them. Subclasses of apps keep the ordinary `instanceof`.
 */
export function standInFor(theirs: Class, ours: Class): void {
  Object.defineProperty(ours, "name", { value: theirs.name, configurable: true })
  Object.defineProperty(ours, Symbol.hasInstance, {
    value(this: Class, value: unknown) {
      return this === ours
        ? Function.prototype[Symbol.hasInstance].call(theirs, value)
        : Function.prototype[Symbol.hasInstance].call(this, value)
    },
  })
  listProperties(ours)
}

/** The standard's attributes and methods are enumerable, those of a class are not (WebIDL section 3.7). */
export function listProperties({ prototype }: Class): void {
  for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
    if (name !== "constructor") Object.defineProperty(prototype, name, { ...property, enumerable: true })
  }
}
