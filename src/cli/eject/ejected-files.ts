import { ejectedReadme } from "./ejected-readme.ts"
import { ejectedUnits } from "./ejected-units.ts"
import type { EjectedFile, Ejection } from "./ejection.ts"
import { haproxyConfig } from "./haproxy-config.ts"

/** Every file of an ejection. Pure. */
export function ejectedFiles(ejection: Ejection): EjectedFile[] {
  return [
    { path: "README.md", text: ejectedReadme(ejection) },
    { path: "haproxy.cfg", text: haproxyConfig(ejection) },
    ...ejectedUnits(ejection),
    { path: "web.env", text: environmentFile(ejection.webEnv), secret: true },
    { path: ".gitignore", text: "web.env\n" },
  ]
}

/** As systemd.exec(5) reads an EnvironmentFile. */
function environmentFile(env: Readonly<Record<string, string>>): string {
  return Object.entries(env)
    .map(([name, value]) => `${name}=${/^[\w@%+=:,./?&-]*$/.test(value) ? value : quoted(value)}\n`)
    .join("")
}

function quoted(value: string): string {
  return `"${value.replace(/[\\"$`]/g, "\\$&")}"`
}
