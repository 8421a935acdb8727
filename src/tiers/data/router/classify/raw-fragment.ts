/** Whether every overload of a function, by its plain name, is marked immutable or stable. */
export type IsSteady = (functionName: string) => boolean

/** What changes something or locks, wherever it stands. More than the grammar needs: too often is safe. */
const telling: ReadonlySet<string> = new Set(
  (
    "insert update delete merge truncate create alter drop grant revoke into call do copy lock for share " +
    "set reset discard listen unlisten notify vacuum analyze explain cluster reindex refresh prepare execute " +
    "deallocate begin start commit rollback abort savepoint release security comment import load checkpoint"
  ).split(" "),
)

/** Words of the grammar that may stand before a parenthesis and call nothing; and what looks like a function and is none. */
const harmlessBeforeParenthesis: ReadonlySet<string> = new Set(
  (
    "all and any array as asc between by case coalesce cross desc distinct else except exists extract filter from " +
    "full greatest group grouping having ilike in inner intersect is join lateral least left like limit natural not " +
    "nullif offset on or order outer over partition range recursive right row rows select similar some then union using " +
    "values when where window with within materialized"
  ).split(" "),
)

const strings = /'(?:[^']|'')*'/g
/** One token after another: string, quoted name, word, parenthesis, placeholder, other. */
const tokens =
  /\s+|'(?:[^']|'')*'|"(?:[^"]|"")*"|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*|\$\d+|[^\sA-Za-z_]/gy

/**
 * Whether raw SQL within a query certainly only reads: no word that writes or locks, no function but steady ones, and
 * nothing that this simple reader could read wrongly (comments, `E''` and `$$` strings). `fragments` are the pieces
 * between parameters, as Kysely's `sql` keeps them.
 */
export function fragmentReads(fragments: readonly string[], isSteady: IsSteady): boolean {
  // A parameter is a value, a name or a query of its own, which is looked at by itself.
  const text = fragments.join(" $0 ")
  if (text.includes("\\") || /--|\/\*|\$\$|\$[A-Za-z_]|;/.test(text.replace(strings, "''"))) return false
  let before = ""
  tokens.lastIndex = 0
  while (tokens.lastIndex < text.length) {
    const [token] = tokens.exec(text) ?? []
    if (token === undefined) return false
    if (/^\s/.test(token)) continue
    const word = token.toLowerCase()
    if (telling.has(word)) return false
    // Whatever was put in by `sql.ref` or `sql.raw` is unknown here.
    if (word === "(" && !mayPrecedeParenthesis(before, isSteady)) return false
    before = word
  }
  return true
}

function mayPrecedeParenthesis(before: string, isSteady: IsSteady): boolean {
  if (before === "$" || /^\$\d/.test(before)) return false
  if (/^["']/.test(before)) return before.startsWith('"') && isSteady(before.slice(1, -1))
  if (!/^[a-z_\u0080-\uffff]/.test(before)) return true
  return harmlessBeforeParenthesis.has(before) || isSteady(before)
}
