import { quickly, type TypeParser } from "./quick-timestamp.ts"

/** A column as the server describes it (RowDescription). */
export type FieldDescription = { readonly name: string; readonly dataTypeID: number }
export type TypeParsers = { getTypeParser(oid: number, format: "text"): TypeParser }

/** How the rows of a statement become objects. A prepared statement's never changes: the server refuses it instead. */
export class RowShape {
  readonly #names: readonly string[]
  readonly #parsers: readonly TypeParser[]

  constructor(fields: readonly FieldDescription[], types: TypeParsers) {
    this.#names = fields.map(({ name }) => name)
    this.#parsers = fields.map(({ dataTypeID }) => quickly(types.getTypeParser(dataTypeID, "text")))
  }

  /** Throws what a type's parser throws. */
  row(values: readonly (string | null)[]): Record<string, unknown> {
    const row: Record<string, unknown> = {}
    for (let index = 0; index < values.length; index++) {
      const value = values[index] as string | null
      row[this.#names[index] as string] = value === null ? null : this.#parsers[index]?.(value)
    }
    return row
  }
}
