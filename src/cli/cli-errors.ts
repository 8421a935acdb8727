import { defineErrors } from "../kit/errors.ts"

export const cliError = defineErrors({
  /** Said by the boot script, before this table is loaded; here so that the code has its row. */
  BN3201: {
    fault: "user",
    say: d => String(d.reason),
    todo: "See the line below the message.",
  },
  BN3202: {
    fault: "user",
    say: d => `nothing is running in ${d.folder}`,
    todo: "Start the service: npm start (or `npx banyan up`).",
  },
  BN3203: {
    fault: "user",
    say: d => `${d.argument}: should be ${d.expected}, got \`${d.got}\``,
    todo: "`npx banyan help` shows every command with an example.",
  },
  BN3204: {
    fault: "system",
    say: d => `${d.what} was not done within ${d.timeoutMs} ms; it goes on`,
    todo: "Look again with `npx banyan status`, or wait longer with --timeout 10m.",
  },
  BN3205: {
    fault: "user",
    say: d => `there is no log of \`${d.id}\`; there are: ${d.known}`,
    todo: "Name one of them, or none for all together: npx banyan logs",
  },
  BN3206: {
    fault: "system",
    say: d => `the control plane of ${d.folder} does not answer; its agent lives`,
    todo: "The service serves on. Look at `npx banyan logs supervisor`; `npx banyan down --now` ends everything.",
  },
  BN3207: {
    fault: "user",
    say: d => `the command line cannot be read: ${d.reason}`,
    todo: "`npx banyan help` shows every command; with `--help` behind it a command shows its examples and options.",
  },
  BN3208: {
    fault: "user",
    say: d => `${d.subject}: is no field of the configuration and no error code; ${d.hint}`,
    todo: "`npx banyan explain` lists the fields, docs/errors.md the errors.",
  },
  BN3209: {
    fault: "user",
    say: d => `${d.folder}: there is something already; nothing was written`,
    todo: "Go to another folder, or write over what stands there with --force.",
  },
  BN3210: {
    fault: "user",
    say: d => `${d.folder}: cannot be written: ${d.reason}`,
    todo: "Name a folder this user may write, with a folder above it that exists.",
  },
  BN3211: {
    fault: "user",
    say: d =>
      `${d.folder}: no program was found: no Procfile, no start script or main in package.json, no server.js, manage.py or app.py`,
    todo: 'Say how it is started: npx banyan init --command "node server.js"',
  },
})
