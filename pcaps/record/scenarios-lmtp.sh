# LMTP: Dovecot as the server, port 24.

LHLO='LHLO client.example.org'

# Postfix's lmtp client, two recipients; both accept.
scenario_lmtp-postfix() {
    client_start postfix; dovecot_start
    postfix_client_start "default_transport=lmtp:inet:[$SERVER_IP]:24" relayhost=
    capture
    text "over LMTP" 1 | client sendmail -f alice@example.org alice@example.net alice+list@example.net
    sleep 2
    capture_end
    client cat /var/log/postfix.log >>"$LOG"; dovecot_log
}

# The content is answered once for each accepted recipient: bob is over quota, nobody unknown.
scenario_lmtp-mixed() {
    client_start; dovecot_start
    capture
    dialogue 24 @read "$LHLO" "$MAIL" "$RCPT" "RCPT TO:<nobody@example.net>" \
        "RCPT TO:<alice@example.net>" DATA "@file 400" . @read QUIT @eof @close
    capture_end
    dovecot_log
}

# Every recipient over quota.
scenario_lmtp-rejected() {
    client_start; dovecot_start
    capture
    dialogue 24 @read "$LHLO" "$MAIL" "$RCPT" "RCPT TO:<bob+two@example.net>" DATA "@file 400" . \
        @read QUIT @eof @close
    capture_end
    dovecot_log
}

# Dovecot stops with a session open: 421.
scenario_lmtp-stop() {
    client_start; dovecot_start
    capture
    dialogue 24 @read "$LHLO" "$MAIL" @eof @close &
    local dialogue=$!
    sleep 1
    in_box server doveadm stop
    wait $dialogue
    capture_end
    dovecot_log
}

# EHLO to an LMTP server.
scenario_lmtp-ehlo-refused() {
    client_start; dovecot_start
    capture
    dialogue 24 @read "$EHLO" "$LHLO" QUIT @eof @close
    capture_end
}
