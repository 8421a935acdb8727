/** What is typed after `npx banyan`, and what it does. */
export type Example = readonly [words: string, does: string]

/**
 * How each command is typed, the commonest first: `--help` begins with them, docs/cli.md shows them, and a test parses
 * every one.
 */
export const examples: Readonly<Record<string, readonly Example[]>> = {
  init: [
    ["init", "find out how the program here is started, and write the configuration"],
    ["init --command 'node server.js' --yes", "say it"],
  ],
  up: [
    ["up", "start, tell what happens, take it down with Ctrl-C"],
    ["up --detach", "start and leave it running"],
    ["up --attach", "start it or join it, and take it down with Ctrl-C either way"],
    ["up --host 0.0.0.0 --port 80", "open to the network"],
  ],
  status: [
    ["status", "what runs now"],
    ["status --json", "the same for programs"],
  ],
  grow: [
    ["grow", "one rung up; shows the plan and asks"],
    ["grow --yes --timeout 2m", "for scripts: no question, an exit code after two minutes"],
  ],
  shrink: [
    ["shrink", "one rung down; shows the plan and asks"],
    ["shrink --no-wait", "return as soon as it is accepted"],
  ],
  scale: [
    ["scale web=4", "four web instances"],
    ["scale edge=2", "two front doors on one port"],
    ["scale postgres=4", "one replica more"],
    ["scale web=4 --yes", "without a question"],
  ],
  switchover: [
    ["switchover", "the replica that is furthest becomes the primary"],
    ["switchover postgres-2 --yes", "this one, without a question"],
  ],
  apply: [["apply", "after an edit of banyan.config.ts, or to forget what grow and scale said"]],
  plan: [
    ["plan grow", "what growing would do"],
    ["plan scale web=4", "what scaling would do"],
    ["plan kill postgres-1", "what would be mended if it ended now"],
    ["plan --exit-code", "2 when what runs is not what banyan.config.ts says"],
  ],
  logs: [
    ["logs", "the last lines of everything, in the order of time"],
    ["logs web-1 --follow", "one instance, as it goes on"],
    ["logs supervisor --lines 200", "why the control plane did what it did"],
    ["logs --level warn,error --lines 100", "what went wrong, wherever it did"],
  ],
  requests: [
    ["requests", "the slowest and the failed ones of the last five minutes"],
    ["requests --failed --status 503", "only these"],
    ["requests 5f0c1f3a9bd24e10-2s", "one, step by step, with its statements"],
  ],
  audit: [
    ["audit", "the last twenty things that were asked for"],
    ["audit --lines 1000 --json", "all that is kept, for programs"],
  ],
  kill: [
    ["kill web-2", "see what a crash does"],
    ["kill web-2 --signal STOP", "see what a hang does"],
  ],
  restart: [
    ["restart web-2", "web-3 takes its place, then it leaves; shows the plan and asks"],
    ["restart postgres-2 --yes", "a replica, while the others are read from"],
  ],
  drain: [["drain web-2", "one web instance fewer, and it is this one"]],
  freeze: [
    ["freeze web-2", "it stands still for five seconds"],
    ["freeze postgres-1 --for 20s --yes", "long enough that another one takes its place"],
  ],
  thaw: [["thaw web-2", "before its time"]],
  sql: [
    ["sql 'select count(*) from posts'", "ask a replica, or the primary where there is none"],
    ["sql 'explain select * from posts' --on primary", "this one"],
    ["sql 'select * from posts' --rows 1000 --timeout 30s --json", "for programs"],
  ],
  "certificates show": [["certificates show", "what HTTPS is served with, and when the next one is ordered"]],
  "certificates renew": [["certificates renew", "after DNS or a firewall was mended: try again now"]],
  doctor: [["doctor", "what is wrong here, and how to mend it"]],
  "config show": [
    ["config show", "every value in force"],
    ["config show --explain", "and who said so"],
  ],
  "config schema": [
    ["config schema > banyan.schema.json", "for a program that writes or checks configurations"],
  ],
  explain: [
    ["explain", "every field in a line"],
    ["explain web.drainTimeoutMs", "one field: range, default, value now, what a change does"],
    ["explain web", "a group of fields"],
    ["explain BN1402", "an error"],
  ],
  open: [
    ["open", "the service in a browser"],
    ["open console", "the console"],
  ],
  completion: [
    ["completion bash >> ~/.bashrc", "completion in every new bash"],
    ["completion zsh >> ~/.zshrc", "in zsh, after compinit"],
    ["completion fish > ~/.config/fish/completions/banyan.fish", "in fish"],
    ["completion powershell >> $PROFILE", "in PowerShell"],
  ],
  backup: [
    ["backup", "take a base backup now, beside those that are taken by themselves"],
    ["backup list", "what is there, and from when to when any moment can be restored"],
  ],
  restore: [
    ["restore --to latest", "everything the archive holds; takes the service down, and asks"],
    ["restore --to 2026-11-21T22:38:13Z --yes", "the state of that moment"],
    ["restore --to latest --from s3://backups/beigel", "from elsewhere, on a fresh machine"],
  ],
  systemd: [
    ["systemd", "look at it first"],
    ["systemd | sudo tee /etc/systemd/system/beigel.service", "then: sudo systemctl enable --now beigel"],
  ],
  eject: [
    ["eject", "into the folder ejected, beside banyan.config.ts"],
    ["eject /srv/beigel --web-port 9001", "elsewhere, with other ports inside"],
  ],
  load: [
    ["load --rps 200 --for 60s", "200 requests a second for a minute"],
    ["load --rps 50 --new-share 100 --json", "each on a connection of its own, as NDJSON"],
  ],
  drill: [
    ["drill --list", "every claim that can be tried"],
    ["drill climb", "up and down the ladder under load"],
    ["drill climb --short --html climb.html", "fewer rounds, and a page"],
  ],
  down: [
    ["down", "in order, connections may finish"],
    ["down --drain 60s --yes", "with more time for them, without a question"],
    ["down --now", "at once; needs no control plane"],
  ],
}

/** One below the other; what they do behind `mark`. */
export function exampleLines(path: string, mark = ""): string[] {
  const typed = (examples[path] ?? []).map(([words, does]) => [`npx banyan ${words}`, does] as const)
  const width = Math.max(0, ...typed.map(([line]) => line.length))
  return typed.map(([line, does]) => `${line.padEnd(width)}   ${mark}${does}`)
}
