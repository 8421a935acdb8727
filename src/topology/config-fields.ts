import { configSchema } from "./config.ts"

/**
 * What the schema says of a field named by its path (`web/drainTimeoutMs`): read from the schema itself, so that
 * errors, documents and checks cannot disagree with it.
 */

/** As much of a zod schema as is read here. */
type AnySchema = {
  readonly type: string
  readonly def: { readonly innerType?: AnySchema; readonly element?: AnySchema }
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

/** Of those that a schema's own numbers do not say; `*` stands for any name. */
const expectations: Readonly<Record<string, string>> = {
  "data/backup/endpoint": "an address that begins with https:// or http://",
  "data/backup/region": "a region's name, such as eu-central-1",
  "edge/proxyProtocol/trustedCidrs": "a list of IP addresses and CIDRs",
  "edge/proxyProtocol/trustedCidrs/*": "an IP address or a CIDR, such as 10.0.0.0/8",
  "edge/tls/acme/directoryUrl": "an address that begins with https://",
  "edge/tls/acme/domains": "a list of at most 100 host names",
  "edge/tls/acme/domains/*":
    "a host name in lower case, such as www.example.org: no wildcard (HTTP-01 cannot prove one), no address, no port",
  "edge/tls/acme/email": "an e-mail address",
  "edge/tls/certificates": "a list of { cert, key }, the paths of two PEM files",
  "data/readerUrl": "a URL that begins with postgres://",
  "data/replicaUrls": "a list of at most 16 URLs",
  "data/replicaUrls/*": "a URL that begins with postgres://",
  "data/settings": "an object of Postgres' settings",
  "data/settings/*": "a text, a number, true or false, under a name of Postgres in lower case",
  "data/url": "a URL that begins with postgres://",
  host: "an IP address or a host name",
  "web/command": "a command line, or its words in a list",
  "web/env": "an object of texts",
  "web/env/*": "a text, under a name of letters, digits and _",
  "web/healthPath": "a path that begins with /",
}

/** `a whole number from 1 to 16`: completes "should be". Undefined for groups and what is no field. */
export function expectationAt(path: Path): string | undefined {
  const told = expectations[path.join("/")] ?? expectations[[...path.slice(0, -1), "*"].join("/")]
  if (told !== undefined) return told
  const schema = bare(schemaAt(path))
  if (schema?.type === "number") {
    const kind = schema.format === "safeint" ? "whole number" : "number"
    return `a ${kind} from ${schema.minValue} to ${schema.maxValue}`
  }
  if (schema?.type === "boolean") return "true or false"
  if (schema?.type === "enum")
    return (schema.options ?? []).map(option => JSON.stringify(option)).join(" or ")
  if (schema?.type !== "string") return undefined
  return schema.maxLength === null
    ? "a text of at least 1 character"
    : `a text of 1 to ${schema.maxLength} characters`
}

function schemaAt(path: Path): AnySchema | undefined {
  return path.reduce<AnySchema | undefined>(
    (schema, key) => (typeof key === "number" ? bare(schema)?.def.element : bare(schema)?.shape?.[key]),
    configSchema as unknown as AnySchema,
  )
}

/** A schema without its default and its being optional. */
function bare(schema: AnySchema | undefined): AnySchema | undefined {
  return schema?.def.innerType === undefined ? schema : bare(schema.def.innerType)
}
