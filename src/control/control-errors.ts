import { defineErrors } from "../kit/errors.ts"

export const controlError = defineErrors({
  BN1301: {
    fault: "user",
    say: d => `stage \`${d.stage}\` is the top of the ladder: there is nothing to grow to`,
    todo: "Go sideways instead: `npx banyan scale web=4`.",
  },
  BN1302: {
    fault: "user",
    say: d => `stage \`${d.stage}\` is the bottom of the ladder: there is nothing to shrink to`,
    todo: "Stop the service with `npx banyan down`.",
  },
  BN1303: {
    fault: "user",
    say: d => `${d.group}=${d.wanted}: stage \`${d.stage}\` has no ${d.group} processes of its own to scale`,
    todo: "Grow first: `npx banyan grow`, then `npx banyan scale web=4 edge=2`.",
  },
  BN1304: {
    fault: "user",
    say: d =>
      d.least === d.most
        ? `${d.group}=${d.wanted}: stage \`${d.stage}\` runs exactly ${d.most} of ${d.group}`
        : `${d.group}=${d.wanted}: stage \`${d.stage}\` runs ${d.least} to ${d.most} of ${d.group}`,
    todo: "Ask for a number in that range, of the group that is named: `npx banyan scale <group>=<number>`.",
  },
  BN1305: {
    fault: "user",
    say: d => `another change runs already: ${d.plan} (${d.trigger})`,
    todo: "Wait until it is done (`npx banyan status`), then ask again.",
  },
  BN1306: {
    fault: "user",
    say: d => `there is no instance \`${d.id}\`; running: ${d.known}`,
    todo: "`npx banyan status` lists the instances.",
  },
  BN1307: {
    fault: "user",
    say: () => "the service is being taken down; nothing else can be changed",
    todo: "Wait for the end, then start it again with `npm start`.",
  },
  BN1308: {
    fault: "system",
    say: () => "the control plane is still starting",
    todo: "Ask again in a moment; what runs keeps running.",
  },
  BN1310: {
    fault: "system",
    say: d =>
      `${d.id} did not start: ${d.reason}${d.words ? ` (its last words: ${d.words})` : ""}; log: ${d.log}`,
    todo: "The whole story is in its log: `npx banyan logs <id>`.",
  },
  BN1311: {
    fault: "system",
    say: d =>
      `${d.id} was not ready within ${d.timeoutMs} ms${d.words ? `; it was at: ${d.words}` : ""}; log: ${d.log}`,
    todo: "Look at its log (`npx banyan logs <id>`), or give it more time: `web: { readyTimeoutMs }` in banyan.config.ts.",
  },
  BN1312: {
    fault: "system",
    say: d => `${d.step}: ${d.reason} within ${d.timeoutMs} ms`,
    todo: "Look at the logs of the instance and of the edges (`npx banyan logs`); what ran before still runs.",
  },
  BN1313: {
    fault: "system",
    say: d => `${d.id} ended while ${d.during}; log: ${d.log}`,
    todo: "The whole story is in its log: `npx banyan logs <id>`.",
  },
  BN1314: {
    fault: "system",
    say: d => `${d.step}: ${d.reason}`,
    todo: "Look at `npx banyan doctor` and the supervisor's log (`npx banyan logs supervisor`).",
  },
  BN1315: {
    fault: "user",
    say: d => `given up for ${d.trigger}`,
    todo: "Nothing to do: the newer plan goes on from what is.",
  },
  BN1350: {
    fault: "system",
    say: d => `no replica may take the place of ${d.former}: ${d.reason}`,
    todo: "Nothing is lost: it is started again with all it had, and the promotion is tried again as soon as another replica answers. `npx banyan logs` tells why one does not.",
  },
  BN1351: {
    fault: "system",
    say: d => `${d.to} did not take over from ${d.from}: ${d.reason}`,
    todo: "Nothing was changed: the former primary serves on. Mend what is named, then ask again: `npx banyan switchover`.",
  },
  BN1352: {
    fault: "user",
    say: d =>
      d.id === undefined
        ? `there is nobody to switch over to: ${d.reason}`
        : `${d.id} cannot become the primary: ${d.reason}`,
    todo: "`npx banyan status` shows the databases; leave the name out to let Banyan choose. Without replicas: `npx banyan grow`.",
  },
  BN1353: {
    fault: "system",
    say: d => `driver \`${d.driver}\` cannot do anything to databases`,
    todo: "Run the service where Banyan runs its databases itself, or stay with one database.",
  },
  BN1354: {
    fault: "user",
    say: d =>
      `${d.copies} more ${d.copies === 1 ? "copy" : "copies"} of the database (${d.neededMb} MB each) do not fit: ${d.freeMb} MB are free on this disk`,
    todo: "Free some space, or ask for fewer databases; `npx banyan doctor` tells what there is.",
  },
  BN1355: {
    fault: "user",
    say: d => `${d.deed} ${d.id}: ${d.reason}`,
    todo: "`npx banyan status` shows who runs and who is the primary. Before a primary leaves: `npx banyan switchover`; to have replicas: `npx banyan grow`.",
  },
  BN1356: {
    fault: "user",
    say: d => `thaw ${d.id}: nobody froze it`,
    todo: "`npx banyan status` says who stands still. One that was stopped by a signal goes on with `npx banyan kill <id> --signal CONT`.",
  },
  BN1320: {
    fault: "system",
    say: d => `the journal cannot be written (${d.path}): ${d.reason}`,
    todo: "Free some space or give back the right to write, then ask again; the service runs on. `npx banyan down --now` works without.",
  },
  BN1321: {
    fault: "system",
    say: d => `another control plane has written to the journal (record ${d.expectedSeq} was taken)`,
    todo: "Nothing to do: this one stops acting, the newer one goes on.",
  },
  BN1322: {
    fault: "system",
    say: d => `a newer control plane has taken over (term ${d.term} is no longer the newest)`,
    todo: "Nothing to do: this one stops acting, the newer one goes on.",
  },
  BN1330: {
    fault: "user",
    say: d => `request refused: ${d.reason}`,
    todo: "Use the address and token that `npx banyan open console` prints.",
  },
  BN1331: {
    fault: "user",
    say: d => `${d.path}: no such page`,
    todo: "`npx banyan help` shows every command. The admin API's routes: GET /api/state, /api/events, /api/history, /api/ladder, /api/load, /api/logs, /api/timeline, /api/audit, /api/config, /api/doctor, /api/requests, /api/requests/:id, /api/plans/:id, /api/data, /api/backups, /api/drills, /api/drills/:id/output, /api/drills/:id/report, /api/drills/:id/page, /metrics; POST /api/plan, /api/sql, /api/drills/start, /api/drills/:id/cancel, /api/changes, /api/down, /api/instances/:id/kill, /api/instances/:id/freeze, /api/instances/:id/thaw, /api/load/start, /api/load/stop, /api/certificates/renew.",
  },
  BN1332: {
    fault: "user",
    say: d => `request body: ${d.reason}`,
    todo: '`npx banyan help` shows every command with an example. Over HTTP: JSON, e.g. POST /api/changes with {"type":"grow"} or {"type":"scale","instances":{"web":4}}.',
  },
  BN1333: {
    fault: "user",
    say: d => `there is no plan \`${d.id}\`; only the running and the last ones are kept`,
    todo: "`npx banyan status --json` (GET /api/state) names the running and the last plan.",
  },
  BN1334: {
    fault: "system",
    say: d => `the request failed inside: ${d.reason}`,
    todo: "The supervisor's log has the stack: `npx banyan logs supervisor`.",
  },
  BN1335: {
    fault: "user",
    say: d => `query${d.field === "" ? "" : ` \`${d.field}\``}: ${d.reason}`,
    todo: "`npx banyan logs --help` and `npx banyan requests --help` show what can be asked. Over HTTP: GET /api/logs takes tier, of, level, kind, q, request and lines, e.g. ?tier=web&level=warn,error&lines=100. GET /api/requests takes kept, status, min_ms, since, instance and limit, e.g. ?kept=failed&status=5xx.",
  },
  BN1336: {
    fault: "user",
    say: d => `${d.most} readers follow the logs already`,
    todo: "Close a page of logs, or read the files: `npx banyan logs --follow`.",
  },
  BN1337: {
    fault: "user",
    say: d => `nothing is kept of request \`${d.id}\``,
    todo: "The slowest and the failed ones of the last five minutes are kept: `npx banyan requests`. The access log has every request: `npx banyan logs --request <id>`.",
  },
  BN1338: {
    fault: "system",
    say: d => `request \`${d.id}\`: ${d.silent} did not answer within a second, and may keep it`,
    todo: "Ask again. Who stays silent hangs, or the machine is busy: `npx banyan status`.",
  },
  BN1340: {
    fault: "user",
    say: () => "no certificate is ordered here",
    todo: "Name what it is for: `edge/tls/acme/domains`. Certificate files are followed by themselves.",
  },
  BN1341: {
    fault: "user",
    say: () => "a certificate is being ordered already",
    todo: "`npx banyan status` tells how it ends.",
  },
  BN1342: {
    fault: "system",
    say: d => `the order of a certificate broke off: ${d.reason}`,
    todo: "It is tried again by itself. The supervisor's log has more: `npx banyan logs supervisor`.",
  },
})
