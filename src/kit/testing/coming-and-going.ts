import { mkdir, rename, rm } from "node:fs/promises"
import { join } from "node:path"

/** Folders in `folder` that are made, renamed and removed without end; what it gives stops that, and resolves then. */
export function comingAndGoing(folder: string): () => Promise<void> {
  let isOver = false
  const others = (async () => {
    while (!isOver) {
      await mkdir(join(folder, "new/deep/deeper"), { recursive: true })
      await rename(join(folder, "new"), join(folder, "old"))
      await rm(join(folder, "old"), { recursive: true })
    }
  })()
  return () => {
    isOver = true
    return others
  }
}
