/**
 * Unit files as values: sections of lines, written with the escapes systemd.syntax(7) asks for. Pure.
 */
export type UnitSection = {
  readonly name: "Unit" | "Service" | "Install"
  readonly lines: readonly (UnitLine | UnitComment)[]
}
type UnitLine = readonly [directive: string, value: string]
type UnitComment = readonly [comment: string]

export function unitText(sections: readonly UnitSection[]): string {
  return sections.map(({ name, lines }) => [`[${name}]`, ...lines.map(lineText), ""].join("\n")).join("\n")
}

function lineText([first, value]: UnitLine | UnitComment): string {
  return value === undefined ? `# ${first}` : `${first}=${value}`
}

/** A command line: words with blanks or quotes are quoted, `%` and `$` mean themselves. */
export function unitCommand(argv: readonly string[]): string {
  return argv.map(word => quotedIfNeeded(escapedPath(word).replaceAll("$", "$$$$"))).join(" ")
}

/** A path, as directives that take exactly one want it: unquoted, `%` meaning itself. */
export function escapedPath(path: string): string {
  return path.replaceAll("%", "%%")
}

/** A path in a list of them. */
export function listedPath(path: string): string {
  return quotedIfNeeded(escapedPath(path))
}

function quotedIfNeeded(word: string): string {
  if (!/[\s"'\\;]/.test(word)) return word
  return `"${word.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`
}

/** What a unit may be called: other letters become `-`. */
export function unitName(name: string): string {
  return (
    name
      .toLowerCase()
      .replace(/[^a-z0-9_.-]+/g, "-")
      .replace(/^[-.]+|[-.]+$/g, "") || "service"
  )
}

/**
 * What a service of ours never needs. Not here on purpose: MemoryDenyWriteExecute (V8 writes the code it runs),
 * PrivateTmp and ProtectHome (a project may lie there), RestrictNamespaces (as root the database gets one of its own),
 * ProtectClock (it shuts every device out that is not named).
 */
export const hardening: readonly UnitLine[] = [
  ["NoNewPrivileges", "yes"],
  ["ProtectSystem", "full"],
  ["ProtectKernelTunables", "yes"],
  ["ProtectKernelModules", "yes"],
  ["ProtectKernelLogs", "yes"],
  ["RestrictRealtime", "yes"],
  ["RestrictSUIDSGID", "yes"],
  ["LockPersonality", "yes"],
  ["RestrictAddressFamilies", "AF_UNIX AF_INET AF_INET6 AF_NETLINK"],
  ["SystemCallArchitectures", "native"],
]
