import type { Ejection } from "./ejection.ts"

/** The front door as HAProxy (2.4 or newer) knows it, with the numbers of the configuration. Pure. */
export function haproxyConfig({ front, webPorts, health, edge, drainTimeoutMs }: Ejection): string {
  const servers = webPorts.map((port, nth) => `    server web-${nth + 1} 127.0.0.1:${port}`)
  return `global
    hard-stop-after ${drainTimeoutMs}ms

defaults
    mode http
    log stdout format raw local0
    option httplog
    timeout connect 1s
    timeout http-request ${edge.headTimeoutMs}ms
    timeout http-keep-alive ${edge.clientIdleTimeoutMs}ms
    timeout client ${edge.bodyIdleTimeoutMs}ms
    timeout server ${edge.backendTimeoutMs}ms
    # A client that waits for events says nothing: the web tier's own heartbeats keep such streams awake.
    timeout client-fin 10s
    timeout tunnel 1h

frontend public
    bind ${bindAddress(front)}
    maxconn ${edge.maxConnections}
    # One address (of IPv6: one network of 64 bits) holds only so many connections; this machine's own are apart.
    stick-table type ipv6 size 100k expire 1m store conn_cur
    tcp-request connection track-sc0 src,ipmask(32,64)
    tcp-request connection reject if { sc0_conn_cur gt ${edge.maxConnectionsPerAddress} } !{ src 127.0.0.0/8 ::1 }
    # Nothing of what a client claims about itself reaches the app, nor does it reach the inside.
    http-request deny deny_status 404 if { path,url_dec -m sub -i /.banyan }
    http-request deny deny_status 413 if { req.hdr_val(content-length) gt ${edge.maxBodyBytes} }
    http-request del-header ^x-forwarded- -m reg
    http-request del-header ^(forwarded|x-real-ip|x-client-ip|true-client-ip|proxy)$ -m reg
    http-request set-header X-Forwarded-For %[src]
    http-request set-header X-Forwarded-Proto http
    http-request set-header X-Forwarded-Host %[req.hdr(host)]
    unique-id-format %[uuid()]
    unique-id-header X-Request-Id
    default_backend web

backend web
    # The less busy of two chosen at random, as Banyan's edge does.
    balance random(2)
    http-reuse safe
    retries 2
    option redispatch
    retry-on conn-failure
    option httpchk
    http-check send meth GET uri ${oneWord(health.path)} ver HTTP/1.1 hdr Host banyan
    http-check expect ${health.expect === "200" ? "status 200" : "rstatus ^[1234]"}
    default-server check inter 1s fall 2 rise 1 slowstart ${edge.slowStartMs}ms maxconn ${edge.maxConnectionsPerBackend} pool-purge-delay ${edge.backendIdleTimeoutMs}ms
${servers.join("\n")}
`
}

/** HAProxy takes a `#` for a comment and quotes for its own; a backslash before one lets it be. */
function oneWord(text: string): string {
  return text.replace(/[\\#'"]/g, "\\$&")
}

function bindAddress({ host, port }: Ejection["front"]): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`
}
