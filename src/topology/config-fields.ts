import { configSchema } from "./config.ts"

/**
 * What the schema says of a field named by its path (`web/drainTimeoutMs`): read from the schema itself, so that
 * errors, documents and checks cannot disagree with it.
 */

/** As much of a zod schema as is read here. */
type AnySchema = {
  readonly type: string
  readonly def: { readonly innerType?: AnySchema }
  readonly description?: string
  readonly shape?: Readonly<Record<PropertyKey, AnySchema>>
  readonly options?: readonly string[]
  readonly format?: string | null
  readonly minValue?: number
  readonly maxValue?: number
  readonly maxLength?: number | null
}

type Path = readonly PropertyKey[]

/** Every field that holds a value; the groups above them are not fields. */
export function fieldPaths(above: Path = []): string[] {
  return fieldsAt(above).flatMap(name => {
    const path = [...above, name]
    return bare(schemaAt(path))?.type === "object" ? fieldPaths(path) : [path.join("/")]
  })
}

/** Names of what a group holds. */
export function fieldsAt(path: Path): string[] {
  return Object.keys(bare(schemaAt(path))?.shape ?? {})
}

export function descriptionAt(path: Path): string {
  return schemaAt(path)?.description ?? ""
}

/** `a whole number from 1 to 16`: completes "should be". Undefined for groups and what is no field. */
export function expectationAt(path: Path): string | undefined {
  const schema = bare(schemaAt(path))
  if (schema?.type === "number") {
    const kind = schema.format === "safeint" ? "whole number" : "number"
    return `a ${kind} from ${schema.minValue} to ${schema.maxValue}`
  }
  if (schema?.type === "enum")
    return (schema.options ?? []).map(option => JSON.stringify(option)).join(" or ")
  if (schema?.type !== "string") return undefined
  if (schema.format === "regex") return "an IP address or a host name"
  return schema.maxLength === null
    ? "a text of at least 1 character"
    : `a text of 1 to ${schema.maxLength} characters`
}

function schemaAt(path: Path): AnySchema | undefined {
  return path.reduce<AnySchema | undefined>(
    (schema, key) => bare(schema)?.shape?.[key],
    configSchema as unknown as AnySchema,
  )
}

/** A schema without its default and its being optional. */
function bare(schema: AnySchema | undefined): AnySchema | undefined {
  return schema?.def.innerType === undefined ? schema : bare(schema.def.innerType)
}
