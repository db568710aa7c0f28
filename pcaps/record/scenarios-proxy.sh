# HAProxy before a mail server, telling it the real client in a PROXY header. HAProxy stands in the
# client's box; the real client, 198.51.100.7 port 40007, reaches it inside.

scenario_proxy-v1-postfix() {
    client_start haproxy; postfix_start smtpd_upstream_proxy_protocol=haproxy
    through_haproxy send-proxy
}

scenario_proxy-v2-postfix() {
    client_start haproxy; postfix_start smtpd_upstream_proxy_protocol=haproxy
    through_haproxy send-proxy-v2
}

scenario_proxy-v2-exim() {
    client_start haproxy; exim_start hosts_proxy="$CLIENT_IP"
    through_haproxy send-proxy-v2
}

# Version 2 with extensions (TLVs): unique id and the name the proxy was called by.
scenario_proxy-v2-tlv-postfix() {
    client_start haproxy; postfix_start smtpd_upstream_proxy_protocol=haproxy
    through_haproxy send-proxy-v2 proxy-v2-options unique-id
}

through_haproxy() {
    put client /tmp/haproxy.cfg <<CONF
defaults
    mode tcp
    timeout connect 5s
    timeout client 60s
    timeout server 60s
listen smtp
    bind 198.51.100.1:2525
    unique-id-format %[uuid]
    server postfix $SERVER_IP:25 $*
CONF
    client ip addr add 198.51.100.1/32 dev lo
    client ip addr add 198.51.100.7/32 dev lo
    client haproxy -D -f /tmp/haproxy.cfg >>"$LOG" 2>&1
    capture
    client swaks --server 198.51.100.1:2525 --local-interface 198.51.100.7 --local-port 40007 \
        --helo host7.example.com --from alice@example.org --to bob@example.net >>"$LOG" 2>&1
    capture_end
}
