import { ejectedUnits, webUnits } from "./ejected-units.ts"
import type { Ejection } from "./ejection.ts"

/** How to live with the files. Pure. */
export function ejectedReadme(ejection: Ejection): string {
  const { name, folder, front, webPorts } = ejection
  const units = ejectedUnits(ejection).map(({ path }) => path)
  return `# ${name}, without Banyan's control plane

Written by \`npx banyan eject\`: what Banyan ran, as files that HAProxy, systemd and Postgres read themselves.

| file | |
|---|---|
| \`haproxy.cfg\` | the front door at ${front.host}:${front.port}, before ${webPorts.length === 1 ? "one web instance" : `${webPorts.length} web instances`} |
${units.map(unit => `| \`${unit}\` | |`).join("\n")}
| \`web.env\` | what a web instance finds in its environment, passwords included: keep it out of the repository |

## Start

\`\`\`sh
npx banyan down                     # in the project's folder: both cannot have the port and the data
sudo cp ${shellWord(folder)}/*.service ${shellWord(folder)}/*.target /etc/systemd/system/
sudo systemctl daemon-reload
sudo systemctl enable --now ${name}.target
\`\`\`

It needs HAProxy 2.4 or newer (\`apt install haproxy\`, and \`systemctl disable --now haproxy\`: it has a unit of its
own). The way back is \`sudo systemctl disable --now ${name}.target ${webUnits(ejection).join(" ")}\`, then \`npx banyan up\`.

## What is where

${databaseWords(ejection)}- A web instance is \`${webUnits(ejection)[0]}\`: the app on the port behind the \`@\`. One more: a \`server\` line in
  haproxy.cfg, \`systemctl enable --now ${name}-web@PORT\`, \`systemctl reload ${name}-haproxy\`.
- The programs still lie in the project: the app, Node, the package banyan as a library. No control plane runs.

## What is given up

Growth and shrinking by one command, replicas of the database and who takes its place, plans, the console, replacement of what hangs; retries of idempotent requests
(HAProxy retries failed connections only); \`timeout server\` also ends an event stream that is silent for so long. HTTPS and
PROXY protocol, where they were on, are yours to write: HAProxy wants certificate and key in one file
(\`bind :8443 ssl crt both.pem\`; that of \`edge/tls/acme\` is one, and somebody else must renew it then), and \`accept-proxy\` behind a load balancer.
`
}

/** In quotes where a shell would take it for several words, or for something else. */
function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}

function databaseWords({ name, postgres }: Ejection): string {
  if (postgres === undefined) return ""
  return `- Postgres goes on with the same data folder, \`${postgres.cwd}\`, and its settings in \`postgresql.conf\` there.
  It stands alone: replicas are not started, and no commit waits for one. Another database: its address in \`web.env\`, and no ${name}-postgres.service.
`
}
