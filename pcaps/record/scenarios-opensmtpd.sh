# OpenSMTPD as the server.

scenario_opensmtpd-plain() {
    client_start; opensmtpd_start
    capture
    send_with_swaks --to bob@example.net,nobody@example.net
    capture_end
}

# Silent for 300 s, which is not to be configured: OpenSMTPD closes with a bare FIN.
scenario_opensmtpd-idle() {
    client_start; opensmtpd_start
    capture
    dialogue 25 @read "$EHLO" "$MAIL" @eof @close
    capture_end
}

# SIGTERM with two sessions open, one idle and one inside DATA.
scenario_opensmtpd-stop() {
    client_start; opensmtpd_start
    capture
    dialogue 25 @read "$EHLO" "$MAIL" @eof @close &
    local first=$!
    dialogue 25 @read "$EHLO" "$MAIL" "$RCPT" DATA "@send Subject: still open\r\n\r\nText.\r\n" \
        @eof @close &
    local second=$!
    sleep 1.5
    in_box server sh -c 'kill -TERM $(pidof smtpd)'
    wait $first $second
    capture_end
}

# QUIT pipelined behind the final dot: 500 instead of 250.
scenario_opensmtpd-quit-behind-dot() {
    client_start; opensmtpd_start
    capture
    dialogue 25 @read "$EHLO" "$MAIL" "$RCPT" DATA \
        "@send Subject: test\r\n\r\nText.\r\n.\r\nQUIT\r\n" @eof @close
    capture_end
}

scenario_opensmtpd-errors() {
    client_start; opensmtpd_start
    capture
    dialogue 25 @read "$EHLO" FOO "$RCPT" "VRFY bob" "AUTH PLAIN" "STARTTLS" "$MAIL" \
        "RCPT TO:<bob@elsewhere.example>" RSET QUIT @eof @close
    capture_end
}
