import { registerHooks } from "node:module"
import type { createEdge } from "../../src/tiers/edge/create-edge.ts"

/** One line of the product as a laxer engineer would have written it. `theme`: where the corpus speaks of it. */
export type Mutant = {
  readonly what: string
  readonly file: string
  readonly find: string
  readonly replace: string
  readonly theme: string
}

const codec = (what: string, theme: string, file: string, find: string, replace = ""): Mutant => ({
  what,
  theme,
  file: `http1/${file}.ts`,
  find,
  replace,
})
const edge = (what: string, theme: string, file: string, find: string, replace: string): Mutant => ({
  what,
  theme,
  file: `tiers/edge/exchange/${file}.ts`,
  find,
  replace,
})

export const mutants: readonly Mutant[] = [
  codec(
    "reads by the coding where a length stands too",
    "pairs of framings",
    "framing",
    'if (contentLength.length > 0) throw reject("length-and-coding")',
  ),
  codec(
    "reads the first of several lengths",
    "Content-Length",
    "framing",
    'if (contentLength.length > 1) throw reject("length-repeated")',
  ),
  codec(
    "reads as many digits of a length as there are",
    "Content-Length",
    "framing",
    "if (!Number.isSafeInteger(length)) throw",
    "length = Number.parseInt(value, 10)\n  if (!Number.isSafeInteger(length)) throw",
  ),
  codec("reads any coding as chunked", "Transfer-Encoding", "framing", "checkCoding(transferEncoding[0]!)"),
  codec(
    "reads the first of several codings",
    "Transfer-Encoding",
    "framing",
    'if (transferEncoding.length > 1) throw reject("coding-repeated")',
  ),
  codec(
    "reads chunks in HTTP/1.0",
    "Transfer-Encoding",
    "framing",
    'if (minor === 0) throw reject("coding-on-1.0")',
  ),
  codec(
    "lets Connection name what frames",
    "Connection",
    "framing",
    'if (neverHopByHop.has(option)) throw reject("connection-names-end-to-end", { option })',
  ),
  codec(
    "takes Content_Length for any field",
    "pairs of framings",
    "request-head",
    'if (known.alias !== undefined) throw reject("framing-alias", { name: known.alias })',
  ),
  codec("takes a second Host", "Host", "request-head", 'if (host.length > 1) throw reject("host-repeated")'),
  codec(
    "takes a target for another host",
    "request target",
    "request-head",
    "!isSameAuthority(authority, host[0]!, target)",
    "false",
  ),
  codec(
    "goes on behind a CONNECT",
    "method",
    "request-head",
    'method !== "CONNECT" && isKeptAlive(options, minor)',
    "isKeptAlive(options, minor)",
  ),
  codec(
    "takes white space before a colon",
    "field lines",
    "fields",
    "fieldName(text.slice(start, colon))",
    "fieldName(text.slice(start, colon).trimEnd())",
  ),
  codec(
    "takes control bytes in a head",
    "field lines",
    "characters",
    "byte === 0x09 || (byte >= 0x20 && byte !== 0x7f)",
    "byte !== 0x0a && byte !== 0x0d",
  ),
  codec(
    "skips a byte behind a chunk's size without looking",
    "chunks",
    "chunk-reader",
    '} else throw reject("chunk-size")',
    '} else this.#step = "extension"',
  ),
  codec(
    "takes LF for the end of a chunk's line",
    "chunks",
    "chunk-reader",
    "this.#takeSize(byte)",
    "if (byte === LF && this.#digits > 0) return true\n        this.#takeSize(byte)",
  ),
  codec(
    "skips two bytes behind a chunk's data without looking",
    "chunks",
    "chunk-reader",
    'throw reject("chunk-end")',
    "void 0",
  ),
  codec(
    "does not look at chunk extensions",
    "chunks",
    "chunk-reader",
    'if (this.#extension !== "" && !extensions.test(this.#extension)) throw reject("chunk-extension")',
  ),
  edge(
    "passes trailers on unread",
    "trailers",
    "request-relay",
    "this.#trailers = requestTrailers(fields)",
    "this.#trailers = fields",
  ),
  edge(
    "keeps a length beside the chunks it writes",
    "pairs of framings",
    "request-fields",
    'if (head.body.kind === "chunked") lines',
    'if (head.body.kind !== "none") lines',
  ),
]

const mark = /[?&]mutant=(\d+)$/

/** The edge with that one line changed, loaded beside the real one. */
export async function edgeOf(mutant: Mutant): Promise<typeof createEdge> {
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      const found = next(specifier, context)
      const [asked] = mark.exec(context.parentURL ?? "") ?? []
      const isChanged = asked !== undefined && /\/src\/(?:http1|tiers\/edge)\//.test(found.url)
      return isChanged && !mark.test(found.url) ? { ...found, url: `${found.url}${asked}` } : found
    },
    load(url, context, next) {
      const loaded = next(url, context)
      const index = mark.exec(url)?.[1]
      if (index !== String(mutants.indexOf(mutant)) || !url.includes(`/src/${mutant.file}?`)) return loaded
      const text = Buffer.from(loaded.source as Uint8Array).toString()
      if (!text.includes(mutant.find)) throw new Error(`${mutant.file} has changed: no ${mutant.find}`)
      return { ...loaded, source: text.replaceAll(mutant.find, () => mutant.replace) }
    },
  })
  try {
    const door = new URL("../../src/tiers/edge/create-edge.ts", import.meta.url)
    const module = await import(`${door}?mutant=${mutants.indexOf(mutant)}`)
    return module.createEdge
  } finally {
    hooks.deregister()
  }
}
