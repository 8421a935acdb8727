/** A piece of a page: what stands in it is markup already. */
export class Markup {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

type Piece = string | number | Markup | readonly Markup[]

/** A template whose every value is escaped, unless it is markup itself. */
export function html(parts: TemplateStringsArray, ...values: readonly Piece[]): Markup {
  return new Markup(String.raw({ raw: parts }, ...values.map(textOf)))
}

function textOf(piece: Piece): string {
  if (piece instanceof Markup) return piece.text
  if (typeof piece === "object") return piece.map(({ text }) => text).join("")
  return String(piece).replace(/[&<>"']/g, found => `&#${found.charCodeAt(0)};`)
}

/** JSON that may stand in a script element: nothing in it can end the element or open a comment. */
export function jsonInScript(value: unknown): Markup {
  return new Markup(JSON.stringify(value).replaceAll("<", "\\u003c"))
}
