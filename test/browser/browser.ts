import { accessSync, constants, mkdirSync } from "node:fs"
import { dirname } from "node:path"
import { fileURLToPath } from "node:url"
import { type Browser, chromium } from "playwright-core"

const program = "/usr/bin/chromium"

/** Why tests in a browser cannot run here; false where they can. */
export const noBrowser: string | false = isThere() ? false : "chromium is not installed (scripts/ci-setup)"

function isThere(): boolean {
  try {
    accessSync(program, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Debian's own, with an empty profile, which asks nobody for anything. `args`: more of its options. */
export function startBrowser(args: readonly string[] = []): Promise<Browser> {
  return chromium.launch({
    executablePath: program,
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", ...args],
  })
}

/** Where a picture of a page goes, for people: a folder that git does not keep. */
export function screenshotAt(name: string): string {
  const path = fileURLToPath(new URL(`./screenshots/${name}.png`, import.meta.url))
  mkdirSync(dirname(path), { recursive: true })
  return path
}
