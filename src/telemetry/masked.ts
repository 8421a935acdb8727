const longestPath = 500
const longestQuery = 200
const longestSql = 1_000
const more = "…"

/**
 * A request target as strangers to the request may read it: the path, and the names of its parameters. Values may be
 * tokens, addresses, names of people.
 */
export function maskedTarget(target: string): string {
  const at = target.indexOf("?")
  if (at < 0) return shortened(target, longestPath)
  const names = target
    .slice(at + 1, at + 1 + 4 * longestQuery)
    .split("&")
    .filter(pair => pair !== "")
    .map(pair => (pair.includes("=") ? `${pair.slice(0, pair.indexOf("="))}=${more}` : more))
  return `${shortened(target.slice(0, at), longestPath)}?${shortened(names.join("&"), longestQuery)}`
}

/** Comments; then strings by all their quotes, of names only what is quoted doubly stays; then numbers, not those of `$1`. */
const literals =
  /--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|("(?:[^"]|"")*"?)|\be'(?:[^'\\]|\\[\s\S]|'')*'?|'(?:[^']|'')*'?|(\$[a-z_]*\$)[\s\S]*?(?:\2|$)|(?<![\w$.])\d[\w.]*/gi

/** A statement's text without what its author wrote into it as a value; its parameters are `$1` anyway. */
export function maskedSql(sql: string): string {
  const masked = sql.slice(0, 4 * longestSql).replace(literals, (found: string, name?: string) => {
    if (name !== undefined) return name
    return found.startsWith("--") || found.startsWith("/*") ? " " : "?"
  })
  return shortened(masked.replace(/\s+/g, " ").trim(), longestSql)
}

/** A copy, at most so long: a piece of a longer string would keep the whole of it. */
function shortened(text: string, most: number): string {
  const short = text.length > most ? `${text.slice(0, most)}${more}` : text
  return Buffer.from(short, "utf8").toString("utf8")
}
