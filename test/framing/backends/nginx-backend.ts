import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { temporaryFolder } from "../tap.ts"
import type { Backend } from "./backend.ts"
import { startProgram, versionOf } from "./program.ts"

/** It reads the whole body, and a second server inside it says how long that was. */
export const nginx: Backend = {
  name: "nginx",
  version: versionOf("nginx", "-v", /nginx\/(\S+)/),
  declines: {
    "method-trace": 405,
    "method-lower-case": 400,
    "method-of-digits": 400,
    "method-odd-token": 400,
    "target-asterisk": 400,
    "target-absolute-options": 400,
  },
  async start(cleanUp) {
    const folder = temporaryFolder(cleanUp)
    const file = join(folder, "nginx.conf")
    writeFileSync(file, configuration(folder))
    return startProgram(["nginx", "-c", file, "-p", folder], { path: join(folder, "nginx") }, cleanUp)
  },
}

const configuration = (folder: string) => `daemon off;
master_process off;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log;
events { worker_connections 512; }
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  large_client_header_buffers 4 64k;
  server {
    listen unix:${folder}/nginx;
    location / {
      proxy_pass http://unix:${folder}/inside;
      proxy_http_version 1.1;
      proxy_buffer_size 64k;
      proxy_buffers 8 64k;
      proxy_busy_buffers_size 128k;
    }
  }
  server {
    listen unix:${folder}/inside;
    large_client_header_buffers 4 128k;
    location / {
      set $length $content_length;
      if ($length = "") { set $length 0; }
      add_header X-Read "$request_method $request_uri $length" always;
      return 200 "ok\\n";
    }
  }
}
`
