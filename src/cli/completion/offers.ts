import { listLogs } from "../../boot/logs/read-logs.ts"
import { readAdminAccess } from "../../boot/service/admin-access.ts"
import { readState } from "../../boot/service/admin-client.ts"
import { fieldPaths, fieldsAt } from "../../topology/config-fields.ts"
import { type GroupName, groupNames, scalesIn } from "../../topology/topology.ts"
import { killSignals, type StateView } from "../../wire/admin.ts"
import { levelFamilies } from "../../wire/log-line.ts"
import { previews } from "../commands/plan-command.ts"
import { enterProject } from "../running-service.ts"

/** A word that may stand at a place, and what it is. */
export type Offer = readonly [word: string, about: string]
/** By the name of an argument (`id`) or an option (`--signal`). */
export type Offers = Readonly<Record<string, readonly Offer[]>>

/** A shell waits for the answer: a service that does not answer by then offers nothing. */
const stateTimeoutMs = 500

export const shells = ["bash", "zsh", "fish", "powershell"] as const

/** What a command takes beyond the words its help lists, asked for when it is being completed. */
const offersOf: Readonly<Record<string, () => Promise<Offers>>> = {
  restart: async () => ({ id: await instances() }),
  drain: async () => ({ id: await instances() }),
  freeze: async () => ({ id: await instances() }),
  thaw: async () => ({ id: await instances() }),
  kill: async () => ({
    id: await instances(),
    "--signal": plain(killSignals),
  }),
  logs: async () => ({
    id: isInProject() ? plain(await listLogs()) : [],
    "--level": plain(levelFamilies),
  }),
  requests: async () => ({ "--status": plain(["5xx", "4xx", "503", "500", "0"]) }),
  scale: async () => ({ "group=count": counts(await stateNow()) }),
  sql: async () => ({ "--on": databases(await stateNow()) }),
  switchover: async () => ({
    id: replicas(await stateNow()),
  }),
  plan: async () => ({
    change: plain(previews),
    word: counts(await stateNow()),
  }),
  drill: async () => {
    const { drills } = await import("../../lab/drills/run-drill.ts")
    return { name: Object.values(drills).map(({ name, claim }) => [name, claim] as const) }
  },
  load: async () => ({ "--arrivals": plain(["poisson", "constant"]) }),
  explain: async () => ({ subject: plain([...fieldsAt([]), ...fieldPaths()].map(dotted)) }),
  open: async () => ({
    page: [
      ["app", "the service"],
      ["console", "the console"],
    ],
  }),
  backup: async () => ({
    what: [
      ["now", "take one"],
      ["list", "what is there"],
    ],
  }),
  completion: async () => ({ shell: plain(shells) }),
}

export async function offersFor(command: string): Promise<Offers> {
  return Object.hasOwn(offersOf, command) ? await offersOf[command]!() : {}
}

function plain(words: readonly string[]): Offer[] {
  return [...new Set(words)].map(word => [word, ""])
}

function dotted(path: string): string {
  return path.replaceAll("/", ".")
}

function isInProject(): boolean {
  try {
    enterProject()
    return true
  } catch {
    return false
  }
}

async function stateNow(): Promise<StateView | undefined> {
  const access = isInProject() ? readAdminAccess() : undefined
  if (access === undefined) return undefined
  return readState(access, stateTimeoutMs)
}

async function instances(): Promise<Offer[]> {
  const found = (await stateNow())?.instances ?? []
  return found.map(({ id, tier, state }) => [id, `${tier}, ${state}`] as const)
}

function replicas(state: StateView | undefined): Offer[] {
  const found = state?.instances.filter(({ role }) => role === "replica") ?? []
  return found.map(({ id, state: how }) => [id, `replica, ${how}`] as const)
}

function databases(state: StateView | undefined): Offer[] {
  const found = state?.instances.filter(({ tier }) => tier === "data") ?? []
  return [["primary", ""], ["replica", ""], ...found.map(({ id, role }) => [id, role] as const)]
}

/** Other counts of the groups that can be scaled and have any now; of web where nothing runs. */
function counts(state: StateView | undefined): Offer[] {
  const now = (group: GroupName) =>
    state?.instances.filter(({ id }) => id.startsWith(`${group}-`)).length ?? 0
  const groups = groupNames.filter(group =>
    state === undefined ? group === "web" : scalesIn(state.stage, group) && now(group) > 0,
  )
  return groups.flatMap(group =>
    [1, 2, 3, 4, 6, 8]
      .filter(count => count !== now(group))
      .map(count => [`${group}=${count}`, state === undefined ? "" : `${now(group)} now`] as const),
  )
}
