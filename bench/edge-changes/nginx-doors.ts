import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { peers } from "../edge/peers.ts"
import { drainTimeoutMs, type FrontDoor, type RunningDoor, type Upstream } from "./front-door.ts"
import { PeerProcess } from "./peer-process.ts"

const version = peers.find(({ name }) => name === "nginx")?.version ?? ""

type Tuning = { readonly main: string; readonly http: string; readonly upstream: string }
const untuned: Tuning = { main: "", http: "  keepalive_timeout 65;\n", upstream: "" }
const tuned: Tuning = {
  main: `worker_shutdown_timeout ${drainTimeoutMs / 1000}s;\n`,
  http: "  keepalive_timeout 75;\n  keepalive_requests 1000000;\n",
  upstream: "    keepalive 64;\n    keepalive_requests 1000000;\n",
}

export const nginxDoors: readonly FrontDoor[] = [
  {
    name: "nginx, default",
    version,
    configuration:
      "Debian's nginx.conf (worker_processes auto, keepalive_timeout 65), proxy_pass with what WebSockets need; each change: SIGHUP, as `nginx -s reload`",
    start: (port, upstreams, folder) => startNginx(port, upstreams, folder, untuned),
  },
  {
    name: "nginx, tuned",
    version,
    configuration: `as before, with \`worker_shutdown_timeout ${drainTimeoutMs / 1000}s\`, \`keepalive_requests 1000000\`, \`keepalive_timeout 75\`, upstream \`keepalive 64\`; \`keepalive_min_timeout\`, which is there for reloads, came with 1.27.4`,
    start: (port, upstreams, folder) => startNginx(port, upstreams, folder, tuned),
  },
]

async function startNginx(
  port: number,
  upstreams: readonly Upstream[],
  folder: string,
  tuning: Tuning,
): Promise<RunningDoor> {
  const file = join(folder, "nginx.conf")
  const write = (now: readonly Upstream[]) => writeFileSync(file, configuration(port, now, folder, tuning))
  write(upstreams)
  const process = await PeerProcess.start(["nginx", "-c", file, "-p", folder], port, folder)
  return {
    async change({ upstreams }) {
      write(upstreams)
      process.signal("SIGHUP")
    },
    stop: () => process.end(),
  }
}

function configuration(
  port: number,
  upstreams: readonly Upstream[],
  folder: string,
  { main, http, upstream }: Tuning,
): string {
  const servers = upstreams.map(({ port, weight }) => `    server 127.0.0.1:${port} weight=${weight};\n`)
  // Its workers could not enter the bench's folder as anybody else.
  const user = process.getuid?.() === 0 ? "user root;\n" : ""
  return `daemon off;
${user}${main}worker_processes auto;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log;
events { worker_connections 4096; }
http {
  access_log off;
  sendfile on;
  tcp_nopush on;
${http}  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
  upstream web {
${servers.join("")}${upstream}  }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://web;
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
    }
  }
}
`
}
