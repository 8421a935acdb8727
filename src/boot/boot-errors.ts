import { defineErrors } from "../kit/errors.ts"

export const bootError = defineErrors({
  BN3101: {
    fault: "user",
    say: d => `${d.path}: the app could not be loaded: ${d.reason}`,
    todo: "Run the app's module alone to see the whole error: node <path>. The instance's log has the stack.",
  },
  BN3102: {
    fault: "user",
    say: d => `${d.path}: the module's default export is no app: ${d.reason}`,
    todo: 'Export it so: export default defineApp({ name: "my-app", web: services => ({ fetch }) }).',
  },
  BN3103: {
    fault: "system",
    say: d => `the service did not become ready within ${d.timeoutMs} ms: ${d.reason}`,
    todo: "Look at `npx banyan logs` and `npx banyan doctor`; what did start keeps running until `npx banyan down`.",
  },
  BN3104: {
    fault: "system",
    say: d => `this process was started by hand: file descriptor ${d.fd} holds no launch payload`,
    todo: "Only the agent starts instances. Run `npm start`, or `npx banyan up`.",
  },
  BN3105: {
    fault: "user",
    say: d => `${d.folder}: cannot be written: ${d.reason}`,
    todo: "Give this user the right to write there, or free some space, and run `npm start` again.",
  },
  BN3106: {
    fault: "user",
    say: d => `the first start failed: ${d.reason}`,
    todo: "Mend what the sentence above names, then run `npm start` again. Details: `npx banyan logs`.",
  },
  BN3107: {
    fault: "system",
    say: d => `the admin API at ${d.url} does not answer`,
    todo: "Run `npx banyan doctor`. The service itself serves on without its control plane.",
  },
  BN3108: {
    fault: "user",
    say: d => `the environment variable ${d.name}: should be ${d.expected}, got ${d.got}`,
    todo: "Set it for the process, in its unit or its EnvironmentFile; `npx banyan eject` writes both.",
  },
  BN3110: {
    fault: "user",
    say: () => "this service was started without a load generator",
    todo: "Start it with `npx banyan up`, or put load on it from a terminal: `npx banyan load --rps 200`.",
  },
  BN3111: {
    fault: "user",
    say: d => `a drill runs already: ${d.id}`,
    todo: "Two would take each other's processors: wait for its end, or cancel it.",
  },
  BN3112: {
    fault: "user",
    say: d => `there is no ${d.what}${d.known === "" ? "" : `; there are: ${d.known}`}`,
    todo: "`npx banyan drill --list` names the drills. GET /api/drills lists them and the runs; the last twenty are kept. A run that was cancelled has no report.",
  },
  BN3109: {
    fault: "system",
    say: d => `the console could not be built: ${d.reason}`,
    todo: "Run `npm ci` in the checkout and load the page again. Meanwhile `npx banyan status` says the same in words.",
  },
})
