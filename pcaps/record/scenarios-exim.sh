# Exim as the server.

scenario_exim-plain() {
    client_start; exim_start
    capture
    send_with_swaks --header "Subject: plain"
    capture_end
}

# Two messages over one connection, the second to two recipients, with Exim's own client.
scenario_exim-chunking() {
    client_start exim4-daemon-heavy; exim_start
    exim_client_start
    capture
    text "chunking" 40 | client exim4 -odi -f alice@example.org bob@example.net alice@example.net
    capture_end
    client cat /var/log/exim4/mainlog >>"$LOG"
}

scenario_exim-several() {
    client_start; exim_start
    capture
    dialogue 25 @read "EHLO client.example.org" \
        "MAIL FROM:<alice@example.org>" "RCPT TO:<bob@example.net>" DATA \
        "@send Subject: one\r\n\r\nText.\r\n" . \
        "MAIL FROM:<alice@example.org>" "RCPT TO:<bob@example.net>" RSET \
        "MAIL FROM:<alice@example.org>" "RCPT TO:<nobody@example.net>" \
        "RCPT TO:<alice@example.net>" DATA "@send Subject: two\r\n\r\n..Text.\r\n" . QUIT @eof @close
    capture_end
}

# swaks pipelines where EHLO offers it.
scenario_exim-pipelining() {
    client_start; exim_start
    capture
    send_with_swaks --pipeline --to bob@example.net,nobody@example.net
    capture_end
}

scenario_exim-content-rejected() {
    client_start; exim_start 'data_acl=deny condition = ${if match{$h_subject:}{lottery}}'
    capture
    send_with_swaks --header "Subject: you won the lottery"
    capture_end
}

scenario_exim-data-refused() {
    client_start; exim_start 'predata_acl=deny message = no mail today'
    capture
    send_with_swaks
    capture_end
}

scenario_exim-starttls() {
    client_start; exim_start_tls
    capture
    send_with_swaks -tls
    capture_end
}

scenario_exim-idle() {
    client_start; exim_start smtp_receive_timeout=8s
    capture
    dialogue 25 @read "EHLO client.example.org" "MAIL FROM:<alice@example.org>" @eof @close
    capture_end
}

scenario_exim-rst-in-data() {
    client_start; exim_start
    capture
    dialogue 25 @read "EHLO client.example.org" "MAIL FROM:<alice@example.org>" \
        "RCPT TO:<bob@example.net>" DATA "@send Subject: cut off\r\n\r\nThis text" "@sleep 0.3" @rst
    capture_end
}

# AUTH PLAIN and LOGIN, right and wrong: four sessions.
scenario_exim-auth() {
    client_start; AUTH_HOSTS='*' exim_start
    capture
    local mechanism
    for mechanism in PLAIN LOGIN; do
        send_with_swaks --auth $mechanism --auth-user alice --auth-password "$ALICE_PASSWORD"
        send_with_swaks --auth $mechanism --auth-user alice --auth-password "$WRONG_PASSWORD"
    done
    capture_end
}

# Exim closes after too many protocol errors, without a 421.
scenario_exim-too-many-errors() {
    client_start; exim_start smtp_max_synprot_errors=2
    capture
    dialogue 25 @read "EHLO client.example.org" FOO BAR BAZ @eof @close
    capture_end
}
