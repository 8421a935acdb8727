import { defineErrors } from "../kit/errors.ts"

export const driversError = defineErrors({
  BN1401: {
    fault: "system",
    say: d => `${d.driver}: epoch ${d.epoch} is older than ${d.newest}, which was seen already; refused`,
    todo: "Nothing: a newer control plane acts here, and the one that was refused leaves by itself.",
  },
  BN1402: {
    fault: "user",
    say: d => `port ${d.port} on ${d.host} is in use${d.holder === undefined ? "" : ` by ${d.holder}`}`,
    todo: "Stop the other program, or choose another port: npm start -- --port 8081 (--admin-port for the console).",
  },
  BN1403: {
    fault: "user",
    say: d => `${d.host}:${d.port} cannot be bound: ${d.reason}`,
    todo: "Give an IP address of this machine (--host 127.0.0.1, 0.0.0.0, ::) and a port from 1024 to 65535.",
  },
  BN1404: {
    fault: "system",
    say: d => `${d.id} is still running (version ${d.running}); ${d.wanted} refused`,
    todo: "Stop it first. `npx banyan status` shows what runs.",
  },
  BN1405: {
    fault: "system",
    say: d => `${d.id} was not started: its data folder ${d.folder} is in use by ${d.holder}`,
    todo: "Two servers on one folder would destroy it. Wait for the other process to end, or stop it.",
  },
  BN1406: {
    fault: "system",
    say: d => `${d.id}: ${d.program} could not be started: ${d.reason}`,
    todo: "Look whether the program and its working directory exist and may be used: `npx banyan doctor`.",
  },
  BN1407: {
    fault: "system",
    say: d =>
      `${d.verb}: no agent answered on ${d.socket} within ${d.waitMs} ms${d.reason === undefined ? "" : ` (${d.reason})`}`,
    todo: "What runs keeps running. `npm start` brings the agent back; its log is .banyan/logs/agent.log.",
  },
  BN1408: {
    fault: "system",
    say: d => `${d.folder}: an agent (pid ${d.pid}) runs here already`,
    todo: "Nothing: one agent a project folder is enough. `npx banyan status` shows what it keeps.",
  },
  BN1409: {
    fault: "user",
    say: d => `${d.id} is not running`,
    todo: "`npx banyan status` names what runs.",
  },
  BN1410: {
    fault: "system",
    say: d => `${d.path}: the agent's settings cannot be read: ${d.reason}`,
    todo: "The file is written anew by `npm start`; remove it if it was edited by hand.",
  },
  BN1411: {
    fault: "system",
    say: d => `the agent did not start: ${d.reason}`,
    todo: "Its last words are in .banyan/logs/agent.log.",
  },
  BN1412: {
    fault: "system",
    say: d => `the agent cannot keep its files in ${d.folder}: ${d.reason}`,
    todo: "Give this user the right to write there, or free some space.",
  },
  BN1413: {
    fault: "system",
    say: d => `the agent does not understand: ${d.reason}`,
    todo: "Agent and supervisor are of different versions: `npx banyan down`, then `npm start`.",
  },
  BN1414: {
    fault: "system",
    say: d => `${d.holder}: no free port on ${d.host} between ${d.leastPort} and ${d.mostPort}`,
    todo: "End what holds these ports; `ss -ltn` lists them.",
  },
  BN1415: {
    fault: "system",
    say: d => `${d.what}: ${d.reason}`,
    todo: "It is done again as soon as the plan can. The log of the keeper tells more: .banyan/logs/keeper.log.",
  },
  BN1416: {
    fault: "system",
    say: d => `the process that acts on databases ended in the middle (${d.how})`,
    todo: "Nothing: the next act starts another one, which finds what was done and goes on from there.",
  },
})

export type DriversErrorCode = keyof typeof driversError.table
