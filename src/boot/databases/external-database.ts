import { isBanyanError, messageOf } from "../../kit/errors.ts"
import { destroyConnection, openConnection } from "../../tiers/data/postgres/connection.ts"
import { identityQuery, type ServerIdentity } from "../../tiers/data/postgres/identity.ts"
import type { ServerPlace } from "../../tiers/data/router/servers/server-place.ts"
import { readServerUrl } from "../../tiers/data/router/servers/server-url.ts"
import type { Config } from "../../topology/config.ts"
import type { Finding } from "../../wire/admin.ts"

const oldestVersion = 14

/** The user's own servers, the primary's URL first; undefined where the database is ours, or there is none. */
export function externalUrls({ data }: Config): [string, ...string[]] | undefined {
  const { engine, url, replicaUrls = [] } = data
  return engine === "external" && url !== undefined ? [url, ...replicaUrls] : undefined
}

type Answer = ServerIdentity & {
  readonly version: number
  readonly connections: number
  readonly may_create: boolean
}

const question = `
  select identity.*, current_setting('server_version_num')::int / 10000 as version,
    current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int as connections,
    has_schema_privilege(current_user, 'public', 'create') as may_create
  from (${identityQuery}) as identity`

/** Asks each server of `data/url` and `data/replicaUrls` what a start needs to know of it. Changes nothing. */
export async function examineExternal(config: Config): Promise<Finding[]> {
  const findings: Finding[] = []
  const clusters = new Set<string>()
  for (const url of externalUrls(config) ?? []) {
    try {
      const place = readServerUrl(url)
      const answer = await ask(place)
      clusters.add(answer.cluster)
      findings.push(judge(place.name, answer, config.data.maxConnections))
    } catch (error) {
      const fix = isBanyanError(error)
        ? error.todo
        : "Look at data/url in banyan.config.ts, and whether the server runs."
      findings.push({ check: "postgres", level: "fail", words: wordsOf(url, error), fix })
    }
  }
  if (clusters.size > 1) {
    const words = "data/url and data/replicaUrls lead to databases that have nothing to do with each other"
    findings.push({ check: "postgres", level: "fail", words, fix: "Name one primary and its own replicas." })
  }
  return findings
}

async function ask({ address, credentials }: ServerPlace): Promise<Answer> {
  const client = await openConnection(address, credentials, "banyan doctor")
  try {
    return (await client.query<Answer>(question)).rows[0] as Answer
  } finally {
    destroyConnection(client)
  }
}

function judge(name: string, answer: Answer, maxConnections: number): Finding {
  const { version, connections, recovering, may_create } = answer
  const words = `${name}: Postgres ${version}, ${recovering ? "a replica" : "the primary"}, ${connections} connections`
  const finding = (level: Finding["level"], reason: string, fix: string): Finding => {
    return { check: "postgres", level, words: `${words}; ${reason}`, fix }
  }
  if (version < oldestVersion)
    return finding("fail", `${oldestVersion} is the oldest that will do`, "Upgrade the server.")
  if (!recovering && !may_create)
    return finding("fail", "this user may not create tables", "grant create on schema public to <the user>;")
  if (connections < maxConnections)
    return finding(
      "fail",
      `data/maxConnections says ${maxConnections}`,
      "Lower data/maxConnections below that, leaving some for others; or raise max_connections there.",
    )
  return { check: "postgres", level: "ok", words }
}

function wordsOf(url: string, error: unknown): string {
  if (isBanyanError(error)) return messageOf(error)
  return `${readServerUrl(url).name}: ${messageOf(error)}`
}
