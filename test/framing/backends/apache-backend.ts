import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { freePort } from "../../../src/kit/node/free-port.ts"
import { temporaryFolder } from "../tap.ts"
import type { Backend } from "./backend.ts"
import { node } from "./node-backend.ts"
import { startProgram, versionOf } from "./program.ts"

/** As a proxy before Node: its own handlers tell no body's length. One process, so that it can be ended as one. */
export const apache: Backend = {
  name: "Apache",
  version: versionOf("apache2", "-v", /Apache\/(\S+)/),
  declines: {
    ...node.declines,
    // `OPTIONS *` it answers itself, without asking anyone.
    "target-asterisk": 200,
    "target-absolute-options": 200,
  },
  async start(cleanUp) {
    const folder = temporaryFolder(cleanUp)
    const file = join(folder, "apache.conf")
    const origin = (await node.start(cleanUp)) as { path: string }
    const address = { host: "127.0.0.1", port: await freePort() }
    writeFileSync(file, configuration(folder, address.port, origin.path))
    return startProgram(["apache2", "-X", "-f", file, "-d", folder], address, cleanUp)
  },
}

const modules = "/usr/lib/apache2/modules"

/** A prefix alone would make one slash of two; the pattern alone cannot name the root. */
const configuration = (folder: string, port: number, origin: string) => `Listen 127.0.0.1:${port}
ServerName a
PidFile ${folder}/apache.pid
ErrorLog ${folder}/error.log
DocumentRoot ${folder}
LoadModule mpm_event_module ${modules}/mod_mpm_event.so
LoadModule authz_core_module ${modules}/mod_authz_core.so
LoadModule proxy_module ${modules}/mod_proxy.so
LoadModule proxy_http_module ${modules}/mod_proxy_http.so
KeepAliveTimeout 60
MaxKeepAliveRequests 0
LimitRequestLine 65536
LimitRequestFieldSize 65536
LimitRequestFields 256
AllowEncodedSlashes NoDecode
MergeSlashes Off
ProxyPassMatch ^(/.+)$ unix:${origin}|http://localhost$1 nocanon responsefieldsize=65536
ProxyPass / unix:${origin}|http://localhost/ nocanon
`
