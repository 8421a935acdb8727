import { accessSync, constants, mkdirSync } from "node:fs"
import { dirname } from "node:path"
import { fileURLToPath } from "node:url"
import { type Browser, type BrowserContext, chromium } from "playwright-core"
import { freePort } from "../../src/kit/node/free-port.ts"

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

/**
 * One window as people have it: of its tabs only the one in front is seen. Pages that Playwright opens by itself all count
 * as seen.
 */
export async function startWindow(): Promise<{ context: BrowserContext; close(): Promise<void> }> {
  const port = await freePort()
  const browser = await startBrowser([`--remote-debugging-port=${port}`])
  const window = await chromium.connectOverCDP(`http://127.0.0.1:${port}`, { noDefaults: true })
  return { context: window.contexts()[0]!, close: () => browser.close() }
}

/** Where a picture of a page goes, for people: a folder that git does not keep. */
export function screenshotAt(name: string): string {
  const path = fileURLToPath(new URL(`./screenshots/${name}.png`, import.meta.url))
  mkdirSync(dirname(path), { recursive: true })
  return path
}
