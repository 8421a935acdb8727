import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { isBanyanError } from "../../../../kit/errors.ts"
import { dataError } from "../../data-errors.ts"
import type { Binaries } from "./binaries.ts"
import { runCommand } from "./run-command.ts"
import { confText, type ServerSettings } from "./server-settings.ts"

/**
 * Asks the program itself whether it would start with such settings, before any server is told them: `-C` reads the
 * configuration and ends, also as root. What only a start shows (more memory than there is) it does not. Throws BN2244.
 */
export async function checkSettings(
  binaries: Binaries,
  { more, sharedBuffersMb }: Pick<ServerSettings, "more" | "sharedBuffersMb">,
): Promise<void> {
  if (Object.keys(more).length === 0) return
  const folder = mkdtempSync(join(tmpdir(), "banyan-settings-"))
  try {
    const text = confText({ shared_buffers: `${sharedBuffersMb}MB`, ...more })
    writeFileSync(join(folder, "postgresql.conf"), text)
    await runCommand({ argv: [binaries.postgres, "-C", "shared_buffers", "-D", folder] }, folder)
  } catch (error) {
    if (!isBanyanError(error) || error.code !== "BN2238") throw error
    throw dataError("BN2244", { reason: complaintIn(String(error.details["words"] ?? "")) }, error)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What it says of a setting, and what it would take instead, without the file nobody knows of. */
function complaintIn(words: string): string {
  const said = [...words.matchAll(/(?:LOG|HINT|ERROR): {2}(.*)/g)].map(([, sentence = ""]) => sentence)
  const told = said.filter(sentence => !sentence.startsWith("skipping missing"))
  return told
    .map(sentence => sentence.replace(/ in file ".*" line \d+/, ""))
    .join("; ")
    .slice(0, 500)
}
