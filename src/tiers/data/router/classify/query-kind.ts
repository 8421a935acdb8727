import type { OperationNode, RawNode, SelectModifierNode } from "kysely"
import { fragmentReads, type IsSteady } from "./raw-fragment.ts"

/** `read`: it may run on any server that is recent enough. `write`: on the primary, because it changes, locks or is not known. */
export type QueryKind = "read" | "write"

/** How raw SQL declares itself, at its very beginning. */
const declaration = /^\s*\/\*\s*banyan:\s*(read|primary)\s*\*\//

/**
 * Where a query may run, by its tree. A read is a `select` each node of which is known and harmless: no lock, no
 * statement that writes in a `with`, no function that is not steady, no table of the server's own (`pg_locks` tells of one
 * server only). Raw SQL in it is read word by word; raw SQL as a whole is a write unless it declares itself.
 */
export function queryKind(root: OperationNode, isSteady: IsSteady): QueryKind {
  const declared = declaredKind(root)
  if (declared !== undefined) return declared
  return root.kind === "SelectQueryNode" && reads(root, isSteady) ? "read" : "write"
}

/** What a statement says of itself: whole raw SQL at its beginning, a built query by a modifier at its front. */
function declaredKind(root: OperationNode): QueryKind | undefined {
  const said = root.kind === "SelectQueryNode" ? frontModifier(root) : root
  if (said?.kind !== "RawNode") return undefined
  const word = declaration.exec(beginningOf(said as RawNode))?.[1]
  return word === undefined ? undefined : word === "read" ? "read" : "write"
}

function frontModifier(select: OperationNode): OperationNode | undefined {
  const { frontModifiers } = select as { frontModifiers?: readonly SelectModifierNode[] }
  return frontModifiers?.find(modifier => modifier.rawModifier !== undefined)?.rawModifier
}

/** The text before the first value. */
function beginningOf({ sqlFragments, parameters }: RawNode): string {
  const [first = "", ...others] = sqlFragments
  const [inner] = parameters
  const nested = first.trim() === "" && inner?.kind === "RawNode"
  return nested ? beginningOf(inner as RawNode) + others.join(" ") : first
}

function reads(node: OperationNode, isSteady: IsSteady): boolean {
  const rule = rules[node.kind]
  if (rule === undefined || rule === "leaf") return rule === "leaf"
  if (rule !== "parts" && !rule(node as never, isSteady)) return false
  return Object.values(node).every(part => partReads(part, isSteady))
}

function partReads(part: unknown, isSteady: IsSteady): boolean {
  if (typeof part !== "object" || part === null) return true
  if (Array.isArray(part)) return part.every(each => partReads(each, isSteady))
  return "kind" in part && reads(part as OperationNode, isSteady)
}

/** Reads when its parts do; holds values only; or a condition of its own beside its parts. */
type Rule = "parts" | "leaf" | ((node: never, isSteady: IsSteady) => boolean)

const parts = (
  "SelectQueryNode FromNode ReferenceNode ColumnNode SelectionNode SelectAllNode AliasNode WhereNode AndNode OrNode ParensNode " +
  "BinaryOperationNode UnaryOperationNode ValueListNode JoinNode OnNode UsingNode OrderByNode OrderByItemNode GroupByNode " +
  "GroupByItemNode HavingNode LimitNode OffsetNode FetchNode WithNode CommonTableExpressionNode CommonTableExpressionNameNode " +
  "SetOperationNode OverNode PartitionByNode PartitionByItemNode CaseNode WhenNode CastNode CollateNode TupleNode ValuesNode " +
  "ListNode JSONReferenceNode JSONOperatorChainNode JSONPathNode JSONPathLegNode SimpleReferenceExpressionNode"
).split(" ")

const rules: Readonly<Record<string, Rule>> = {
  ...Object.fromEntries(parts.map(kind => [kind, "parts" as const])),
  IdentifierNode: "leaf",
  OperatorNode: "leaf",
  ValueNode: "leaf",
  PrimitiveValueListNode: "leaf",
  DataTypeNode: "leaf",
  RawNode: (node: RawNode, isSteady) => fragmentReads(node.sqlFragments, isSteady),
  FunctionNode: (node: { func: string }, isSteady) => isSteady(node.func.toLowerCase()),
  AggregateFunctionNode: (node: { func: string }, isSteady) => isSteady(node.func.toLowerCase()),
  SelectModifierNode: ({ modifier, rawModifier }: SelectModifierNode) =>
    modifier === "Distinct" || (modifier === undefined && rawModifier !== undefined),
  TableNode: "parts",
  SchemableIdentifierNode: ({ schema, identifier }: { schema?: Named; identifier: Named }) =>
    !ofTheServer.test(schema?.name ?? identifier.name),
}

type Named = { readonly name: string }

/** Catalogs and statistics views: they tell of the server that is asked. */
const ofTheServer = /^(pg_|information_schema$)/
