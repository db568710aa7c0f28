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

scenario_proxy-v2-opensmtpd() {
    client_start haproxy; LISTEN=proxy-v2 opensmtpd_start
    through_haproxy send-proxy-v2
}

# Dovecot's submission service, with AUTH behind the header.
scenario_proxy-v2-dovecot() {
    client_start haproxy
    dovecot_start haproxy_trusted_networks="$CLIENT_IP" 'service submission-login {' \
        '  inet_listener submission {' '    haproxy = yes' '  }' '}'
    UPSTREAM_PORT=587 through_haproxy send-proxy-v2 -- --auth PLAIN --auth-user alice \
        --auth-password "$ALICE_PASSWORD"
    dovecot_log
}

# Dovecot's LMTP server.
scenario_proxy-v2-lmtp() {
    client_start haproxy
    dovecot_start haproxy_trusted_networks="$CLIENT_IP" 'service lmtp {' '  inet_listener lmtp {' \
        '    haproxy = yes' '  }' '}'
    UPSTREAM_PORT=24 through_haproxy send-proxy-v2 -- --protocol LMTP --to alice@example.net
    dovecot_log
}

# through_haproxy SERVER-OPTION... [-- SWAKS-ARGUMENT...]; UPSTREAM_PORT: the server's.
through_haproxy() {
    local options=()
    while [ $# -gt 0 ] && [ "$1" != -- ]; do options+=("$1"); shift; done
    shift $(($# > 0))
    put client /tmp/haproxy.cfg <<CONF
defaults
    mode tcp
    timeout connect 5s
    timeout client 60s
    timeout server 60s
listen smtp
    bind 198.51.100.1:2525
    unique-id-format %[uuid]
    server upstream $SERVER_IP:${UPSTREAM_PORT:-25} ${options[*]}
CONF
    client ip addr add 198.51.100.1/32 dev lo
    client ip addr add 198.51.100.7/32 dev lo
    client haproxy -D -f /tmp/haproxy.cfg >>"$LOG" 2>&1
    capture
    client swaks --server 198.51.100.1:2525 --local-interface 198.51.100.7 --local-port 40007 \
        --helo host7.example.com --from alice@example.org --to bob@example.net "$@" >>"$LOG" 2>&1
    capture_end
}
