/** The console's pages, in the order of the menu. `key` opens one after `g`. */
export const pages = [
  { path: "/", title: "Picture", key: "p", words: "the living picture: who serves, what flows between them" },
  {
    path: "/ladder",
    title: "Ladder",
    key: "l",
    words: "stages, what each adds and costs; grow, shrink, scale",
  },
  { path: "/charts", title: "Charts", key: "c", words: "requests, errors, latency, load, CPU, memory" },
  { path: "/requests", title: "Requests", key: "r", words: "the slowest and the failed ones, step by step" },
  { path: "/timeline", title: "Time line", key: "t", words: "plans, failovers, crashes" },
  { path: "/logs", title: "Logs", key: "s", words: "the lines of all instances in one stream" },
  { path: "/instances", title: "Instances", key: "i", words: "every process as a table" },
  { path: "/data", title: "Data", key: "b", words: "databases: roles, lag, slow statements; ask one" },
  {
    path: "/drills",
    title: "Drills",
    key: "x",
    words: "claims that can be tried: run one, watch it, read its report",
  },
  { path: "/audit", title: "Audit", key: "a", words: "who asked for what, and what came of it" },
  { path: "/config", title: "Config", key: "o", words: "what is in force, who said so, what it means" },
  {
    path: "/doctor",
    title: "Doctor",
    key: "d",
    words: "the machine and the folder; each trouble with its fix",
  },
] as const
export type PagePath = (typeof pages)[number]["path"]

/** `/instances/web-1` -> page `/instances`, id `web-1`; undefined when there is no such page. */
export function pageOf(path: string): { page: PagePath; id: string | undefined } | undefined {
  const [, first = "", id] = path.split("/")
  const page = pages.find(each => each.path === `/${first}`)?.path
  if (page === undefined) return undefined
  return { page, id: id === undefined || id === "" ? undefined : decodeURIComponent(id) }
}
