/**
 * Loaded before everything else by each process of a drill's service (`node --import plant.ts?bug=<name>`): hands the
 * bug's file out with the bug in it. A process in which it cannot be planted ends at once.
 */
import { registerHooks } from "node:module"
import { fileUrlOf, withBug } from "./planted-bug.ts"
import { bugNamed } from "./planted-bugs.ts"

const bug = bugNamed(new URL(import.meta.url).searchParams.get("bug") ?? "")
const { href } = fileUrlOf(bug)

registerHooks({
  load(url, context, next) {
    const loaded = next(url, context)
    return url === href ? { ...loaded, source: withBug(bug, String(loaded.source)) } : loaded
  },
})
