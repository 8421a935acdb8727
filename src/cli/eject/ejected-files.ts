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
    { path: "web.env", text: `DATABASE_URL=${ejection.databaseUrl}\n`, secret: true },
    { path: ".gitignore", text: "web.env\n" },
  ]
}
