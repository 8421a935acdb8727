import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import type { Context } from "hono"

const read = (name: string) => readFileSync(join(import.meta.dirname, name), "utf8")
const hashOf = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`

let made: { html: string; policy: string } | undefined

/**
 * The status page: one file, no build, no request to anywhere but this API. It holds no data; its script asks for it
 * with the token from the address's fragment, which browsers never send.
 */
export function shell(context: Context): Response {
  made ??= make()
  return context.html(made.html, 200, {
    "content-security-policy": made.policy,
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
  })
}

function make(): { html: string; policy: string } {
  const [style, script] = [`\n${read("page.css")}`, `\n${read("page.js")}`]
  const html = read("page.html")
    .replace("<style></style>", () => `<style>${style}</style>`)
    .replace('<script type="module"></script>', () => `<script type="module">${script}</script>`)
  // Nothing is allowed but these two texts and calls to the own origin.
  const policy = [
    "default-src 'none'",
    `style-src ${hashOf(style)}`,
    `script-src ${hashOf(script)}`,
    "connect-src 'self'",
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ")
  return { html, policy }
}
