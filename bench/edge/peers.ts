import { execFileSync } from "node:child_process"
import { writeFileSync } from "node:fs"
import { join, resolve } from "node:path"
import { banyanVersion, packageVersion } from "../versions.ts"

/** A proxy to measure: how it is started on `port` in front of `upstream`. */
export type Contender = {
  readonly name: string
  readonly version: string
  readonly configuration: string
  command(port: number, upstream: number, folder: string): readonly [string, ...string[]]
}

const script = (file: string) => resolve(import.meta.dirname, file)

/** As src/boot/instance/starters.ts starts a front door: less memory, at no cost that could be measured. */
const serviceFlags = ["--max-semi-space-size=4"]

export const banyan: Contender = {
  name: "banyan edge",
  version: banyanVersion,
  configuration: "as in service: health checks, time-outs, retries, counters, access log to a file",
  command: (port, upstream) => [
    process.execPath,
    ...serviceFlags,
    script("banyan-proxy.ts"),
    String(port),
    String(upstream),
  ],
}

/** What Node costs by itself: the least that a proxy on node:net does. */
export const bare: Contender = {
  name: "bare node:net forwarder",
  version: `Node ${process.versions.node}`,
  configuration: "no limits, no health, no log, no checks of what it forwards",
  command: (port, upstream) => [
    process.execPath,
    script("bare-forwarder.ts"),
    String(port),
    String(upstream),
  ],
}

export const haproxy: Contender = {
  name: "HAProxy",
  version: outputOf("haproxy", "-v").match(/version (\S+)/)?.[1] ?? "",
  configuration:
    "mode http, 1 thread, http-reuse always, forwardfor, unique-id, checks each second, httplog to a file",
  command(port, upstream, folder) {
    const file = join(folder, "haproxy.cfg")
    writeFileSync(file, haproxyConfiguration(`127.0.0.1:${port}`, upstream))
    return ["haproxy", "-db", "-f", file]
  },
}

const nginx: Contender = {
  name: "nginx",
  version: outputOf("nginx", "-v").match(/nginx\/(\S+)/)?.[1] ?? "",
  configuration:
    "1 worker, upstream keepalive 512, X-Forwarded-For and X-Request-Id, access_log to a file, buffered",
  command(port, upstream, folder) {
    const file = join(folder, "nginx.conf")
    writeFileSync(file, nginxConfiguration(port, upstream, folder))
    return ["nginx", "-c", file, "-p", folder]
  },
}

const undici: Contender = {
  name: "node:http + undici.dispatch",
  version: packageVersion("undici"),
  configuration: "Agent with 512 connections, no checks, no time-outs of its own, no retries, no log",
  command: (port, upstream) => [process.execPath, script("undici-proxy.ts"), String(port), String(upstream)],
}

const httpProxy: Contender = {
  name: "http-proxy",
  version: packageVersion("http-proxy"),
  configuration: "kept-alive agent, xfwd, no log",
  command: (port, upstream) => [process.execPath, script("http-proxy.ts"), String(port), String(upstream)],
}

/** Those installed on this machine. */
export const peers: readonly Contender[] = [haproxy, bare, nginx, undici, httpProxy].filter(
  peer => peer.version !== "",
)

/** `bind`: the address it listens on, and what behind it says how. */
export function haproxyConfiguration(bind: string, upstream: number): string {
  return `global
  nbthread 1
  maxconn 4000
  log stdout format raw local0
defaults
  mode http
  log global
  option httplog
  timeout connect 2s
  timeout client 75s
  timeout server 60s
  option forwardfor
  http-reuse always
  unique-id-format %{+X}o%ci:%cp_%Ts_%rt
  unique-id-header X-Request-Id
listen front
  bind ${bind}
  option httpchk GET /health
  server web-1 127.0.0.1:${upstream} check inter 1s
  server web-2 127.0.0.1:${upstream} check inter 1s
`
}

function nginxConfiguration(port: number, upstream: number, folder: string): string {
  return `daemon off;
master_process off;
pid ${folder}/nginx.pid;
error_log ${folder}/nginx-error.log;
events { worker_connections 4096; }
http {
  access_log ${folder}/nginx-access.log combined buffer=32k flush=1s;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  keepalive_requests 1000000000;
  upstream web {
    server 127.0.0.1:${upstream};
    keepalive 512;
    keepalive_requests 1000000000;
  }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://web;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Request-Id $request_id;
    }
  }
}
`
}

/** What a program says of itself, on either stream; empty when it is not there. */
function outputOf(program: string, flag: string): string {
  try {
    return execFileSync("sh", ["-c", `command -v ${program} >/dev/null && ${program} ${flag} 2>&1`], {
      encoding: "utf8",
    })
  } catch {
    return ""
  }
}
