import type { StateView } from "../../src/wire/admin.ts"

/** 0 where there is no such instance, or it has no process. */
export const pidOf = ({ instances }: StateView, id: string): number =>
  instances.find(instance => instance.id === id)?.pid ?? 0

/** Every instance but one as `web-1 4711`, to be held against those of another moment. */
export const pidsOf = ({ instances }: StateView, without = ""): string[] =>
  instances
    .filter(({ id }) => id !== without)
    .map(({ id, pid }) => `${id} ${pid}`)
    .sort()
