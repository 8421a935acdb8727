import { createHash } from "node:crypto"
import { readdir, readFile } from "node:fs/promises"
import { extname, join, relative, sep } from "node:path"
import type { Coding } from "./accept-encoding.ts"

/** One file of the page in every coding it is kept in, `identity` always. */
export type PageFile = {
  readonly type: string
  /** Its name holds a hash of its bytes: it never changes. */
  readonly immutable: boolean
  readonly codings: ReadonlyMap<Coding, { readonly bytes: Uint8Array<ArrayBuffer>; readonly etag: string }>
}

/** By the path they are asked for, `/index.html` and `/assets/...`. What is not in here cannot be asked for. */
export type PageFiles = ReadonlyMap<string, PageFile>

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".webp": "image/webp",
  ".ico": "image/x-icon",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
  ".woff2": "font/woff2",
  ".webmanifest": "application/manifest+json",
}

const suffixes: readonly (readonly [Coding, string])[] = [
  ["br", ".br"],
  ["gzip", ".gz"],
]

/** Reads a build into memory, whole: some hundred KB, read once. */
export async function readPageFiles(folder: string): Promise<PageFiles> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = new Set(
    entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name)),
  )
  const files = new Map<string, PageFile>()
  for (const path of paths) {
    if (suffixes.some(([, suffix]) => path.endsWith(suffix) && paths.has(path.slice(0, -suffix.length))))
      continue
    const type = types[extname(path)] ?? "application/octet-stream"
    const codings = new Map([["identity" as Coding, await readOne(path)]])
    for (const [coding, suffix] of suffixes) {
      if (paths.has(path + suffix)) codings.set(coding, await readOne(path + suffix))
    }
    const name = relative(folder, path).split(sep).join("/")
    files.set(`/${name}`, { type, immutable: name.startsWith("assets/"), codings })
  }
  return files
}

/** The tag is of the coded bytes: two codings of a file are two representations (RFC 9110 section 8.8.3.3). */
async function readOne(path: string) {
  const bytes = new Uint8Array(await readFile(path))
  return { bytes, etag: `"${createHash("sha256").update(bytes).digest("base64url").slice(0, 22)}"` }
}
