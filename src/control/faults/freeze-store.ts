import { z } from "zod"
import { writeFileAtomic } from "../../kit/node/atomic-file.ts"
import { readJsonFile } from "../../kit/node/json-file.ts"

const frozenSchema = z.array(z.strictObject({ id: z.string(), startedAtMs: z.number(), untilMs: z.number() }))
/** One life of an instance that stands still until then (wall clock). */
export type Frozen = z.infer<typeof frozenSchema>[number]

/** Who is frozen, kept where the next control plane finds it: it has to let them go. */
export type FreezeStore = {
  read(): readonly Frozen[]
  write(frozen: readonly Frozen[]): void
}

/** In a file; one that cannot be read names nobody. */
export function fileFreezes(path: string): FreezeStore {
  return {
    read: () => readJsonFile(path, frozenSchema) ?? [],
    write: frozen => writeFileAtomic(path, `${JSON.stringify(frozen)}\n`),
  }
}

export function memoryFreezes(): FreezeStore {
  let kept: readonly Frozen[] = []
  return {
    read: () => kept,
    write(frozen) {
      kept = frozen
    },
  }
}
