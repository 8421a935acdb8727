import type { CommandLine } from "../../topology/command-line.ts"
import { problemOfCommand } from "../../topology/command-line.ts"

/** What a folder holds, as far as a start can be found in it. */
export type ProjectFiles = {
  /** The text of a file, undefined when there is none. */
  readonly read: (path: string) => string | undefined
}

export type FoundProgram = {
  readonly command: CommandLine
  /** Where it was found: `scripts.start in package.json`. */
  readonly from: string
  /** `Express`, where one is known by its dependency. */
  readonly framework?: string
  /** The file it begins with, when it never names PORT: it may listen elsewhere. */
  readonly silentAboutPort?: string
}

type PackageJson = {
  readonly main?: unknown
  readonly scripts?: { readonly start?: unknown }
  readonly dependencies?: Readonly<Record<string, string>>
}

const frameworks: Readonly<Record<string, string>> = {
  express: "Express",
  fastify: "Fastify",
  koa: "Koa",
  next: "Next.js",
  nuxt: "Nuxt",
  hono: "Hono",
  "@nestjs/core": "NestJS",
  django: "Django",
  flask: "Flask",
  fastapi: "FastAPI",
}

/** The likeliest way to start what lies here, most explicit first. Pure but for `read`. */
export function findProgram(files: ProjectFiles): FoundProgram | undefined {
  const manifest = packageJson(files)
  const start = manifest?.scripts?.start
  const procfile = /^web:\s*(.+)$/m.exec(files.read("Procfile") ?? "")?.[1]
  const candidates: readonly (readonly [unknown, string])[] = [
    [procfile, "web in Procfile"],
    [
      typeof start === "string" && !/\bbanyan\b/.test(start) ? start : undefined,
      "scripts.start in package.json",
    ],
    [nodeFile(files, manifest?.main), "main in package.json"],
    ...["server.js", "server.mjs", "server.ts", "index.js", "app.js"].map(
      name => [nodeFile(files, name), name] as const,
    ),
    [
      files.read("manage.py") === undefined
        ? undefined
        : "python3 manage.py runserver --noreload 127.0.0.1:$PORT",
      "manage.py",
    ],
    ...["app.py", "main.py"].map(
      name => [files.read(name) === undefined ? undefined : `python3 ${name}`, name] as const,
    ),
  ]
  const found = candidates.find(([line]) => typeof line === "string")
  if (found === undefined) return undefined
  const [line, from] = found as readonly [string, string]
  const framework = frameworkOf(files, manifest)
  const silent = silentFile(files, line)
  return {
    command: runnable(files, line),
    from,
    ...(framework === undefined ? {} : { framework }),
    ...(silent === undefined ? {} : { silentAboutPort: silent }),
  }
}

/** There is no shell: a line that needs one gets one, and a program of node_modules is named by its path. */
function runnable(files: ProjectFiles, line: string): CommandLine {
  if (problemOfCommand(line) !== undefined || /^\w+=/.test(line)) return ["sh", "-c", line]
  const [program = ""] = line.split(/\s/, 1)
  const local = `node_modules/.bin/${program}`
  return /^[\w-]+$/.test(program) && files.read(local) !== undefined
    ? `./${local}${line.slice(program.length)}`
    : line
}

function nodeFile(files: ProjectFiles, name: unknown): string | undefined {
  return typeof name === "string" && files.read(name) !== undefined ? `node ${name}` : undefined
}

function silentFile(files: ProjectFiles, line: string): string | undefined {
  if (/\$\{?PORT\b/.test(line)) return undefined
  const file = line.split(/\s+/).find(word => /\.(m?js|ts|py)$/.test(word))
  const text = file === undefined ? undefined : files.read(file)
  return text === undefined || /\bPORT\b/.test(text) ? undefined : file
}

function frameworkOf(files: ProjectFiles, manifest: PackageJson | undefined): string | undefined {
  const python =
    `${files.read("requirements.txt") ?? ""}\n${files.read("pyproject.toml") ?? ""}`.toLowerCase()
  const known = Object.keys(frameworks).find(
    name =>
      manifest?.dependencies?.[name] !== undefined || new RegExp(`^["\\s]*${name}\\b`, "m").test(python),
  )
  return known === undefined ? undefined : frameworks[known]
}

/** Undefined too when it is no JSON: another way to start may still be found. */
function packageJson(files: ProjectFiles): PackageJson | undefined {
  try {
    return JSON.parse(files.read("package.json") ?? "") as PackageJson
  } catch {
    return undefined
  }
}
