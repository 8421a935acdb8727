import { globSync, readFileSync } from "node:fs"
import { dirname, join, normalize } from "node:path"
import { fileURLToPath } from "node:url"

export const root = fileURLToPath(new URL("../..", import.meta.url))

const skipped = new Set(["node_modules", ".banyan", ".git", "coverage"])

/** Paths below the checkout, relative to it, without what is installed or written at run time. */
export function filesOf(pattern: string): string[] {
  return globSync(pattern, {
    cwd: root,
    exclude: path => path.split("/").some(part => skipped.has(part)),
  }).sort()
}

export function textOf(path: string): string {
  return readFileSync(join(root, path), "utf8")
}

/**
 * A test, or what only tests use: fixtures, conformance suites, models of the world, and the implementations of a
 * port that exist to fail on demand or to be thrown away. Such files may look anywhere and are no part of what runs.
 */
export function isForTests(path: string): boolean {
  return [
    /\.test\.ts$/,
    /-(conformance|fixture|model)\.ts$/,
    /(^|\/)(testing|fixtures|test)\//,
    /\/temporary-[a-z-]+\.ts$/,
    /^src\/drivers\/scripted\//,
    /\/journal\/memory-journal\.ts$/,
  ].some(pattern => pattern.test(path))
}

export type Import = {
  readonly from: string
  readonly specifier: string
  readonly line: number
  readonly typeOnly: boolean
}

/**
 * Every import of a file: static, type-only, re-exported, dynamic with a literal, and `new URL("./x.ts",
 * import.meta.url)`, by which a process is started.
 */
export function importsOf(path: string): Import[] {
  const text = textOf(path)
  return [...text.matchAll(importPattern)].map(match => ({
    from: path,
    specifier: match.slice(1).find(group => group !== undefined)!,
    line: text.slice(0, match.index).split("\n").length,
    typeOnly: /^(import|export) type\b/.test(match[0]),
  }))
}

const importPattern = new RegExp(
  [
    String.raw`^(?:import|export)\b[^"'\x60;]*?\bfrom\s+"([^"]+)"`,
    String.raw`^import\s+"([^"]+)"`,
    String.raw`\bimport\(\s*"([^"]+)"\s*\)`,
    String.raw`\bnew URL\(\s*"([^"]+\.m?[tj]s)",\s*import\.meta\.url\s*\)`,
  ].join("|"),
  "gm",
)

/** The file an import of this checkout means, relative to it; undefined for packages and node: modules. */
export function targetOf({ from, specifier }: Import): string | undefined {
  if (specifier.startsWith(".")) return normalize(join(dirname(from), specifier))
  const door =
    specifier === "banyan" ? "." : specifier.startsWith("banyan/") ? `.${specifier.slice(6)}` : undefined
  return door === undefined
    ? undefined
    : normalize(packageJson().exports[door] ?? `missing door ${specifier}`)
}

export type PackageJson = {
  readonly exports: Readonly<Record<string, string>>
  readonly scripts: Readonly<Record<string, string>>
  readonly bin: Readonly<Record<string, string>>
  readonly dependencies: Readonly<Record<string, string>>
}

export function packageJson(): PackageJson {
  return JSON.parse(textOf("package.json"))
}

/** All that can be reached from some files by imports, they themselves included. */
export function reachableFrom(entries: readonly string[], known: ReadonlySet<string>): Set<string> {
  const reached = new Set<string>()
  const open = [...entries]
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (reached.has(path) || !known.has(path)) continue
    reached.add(path)
    for (const found of importsOf(path)) {
      const target = targetOf(found)
      if (target !== undefined) open.push(target)
    }
  }
  return reached
}
