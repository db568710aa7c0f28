# Dovecot's submission service, port 587.

# submission_login: what alice says to log in.
submission_login() { printf 'AUTH PLAIN %s' "$(printf '\0alice\0%s' "$ALICE_PASSWORD" | base64)"; }

# Silent in three states: before AUTH Dovecot waits for 180 s, logged in for 600 s, and so inside DATA.
scenario_submission-idle() {
    client_start; dovecot_start
    capture tcp port 587
    dialogue 587 @read "$EHLO" @eof @close &
    local before=$!
    dialogue 587 @read "$EHLO" "$(submission_login)" "$MAIL" @eof @close &
    local envelope=$!
    dialogue 587 @read "$EHLO" "$(submission_login)" "$MAIL" "$RCPT" DATA \
        "@send Subject: still open\r\n\r\nText.\r\n" @eof @close &
    local data=$!
    wait $before $envelope $data
    capture_end
    dovecot_log
}

# Messages by swaks, msmtp and curl, each after AUTH PLAIN in the clear.
scenario_submission-clients() {
    client_start; dovecot_start
    capture tcp port 587
    send_with_swaks --port 587 --auth PLAIN --auth-user alice --auth-password "$ALICE_PASSWORD"
    msmtp_auth plain "$ALICE_PASSWORD" 587
    curl_auth PLAIN "$ALICE_PASSWORD" 587
    capture_end
    dovecot_log
}

# Dovecot is stopped under sessions before AUTH, after MAIL and inside DATA.
scenario_submission-stop-several() {
    client_start; dovecot_start
    capture tcp port 587
    submission_sessions
    in_box server doveadm stop
    ended_sessions
    capture_end
    dovecot_log
}

# Every process of Dovecot is killed under the same sessions.
scenario_submission-killed() {
    client_start; dovecot_start
    capture tcp port 587
    submission_sessions
    dovecot_kill
    ended_sessions
    capture_end
}

submission_sessions() {
    dialogue 587 @read "$EHLO" @eof @close &
    SESSIONS=($!)
    dialogue 587 @read "$EHLO" "$(submission_login)" "$MAIL" @eof @close &
    SESSIONS+=($!)
    dialogue 587 @read "$EHLO" "$(submission_login)" "$MAIL" "$RCPT" DATA \
        "@send Subject: still open\r\n\r\nText.\r\n" @eof @close &
    SESSIONS+=($!)
    sleep 2
}

# Nonsense until the server has enough of it, before AUTH and after.
scenario_submission-too-many-errors() {
    client_start; dovecot_start
    local number lines=()
    for ((number = 0; number < 11; number++)); do lines+=("FOO $number"); done
    capture tcp port 587
    dialogue 587 @read "$EHLO" "${lines[@]}" @eof @close
    dialogue 587 @read "$EHLO" "$(submission_login)" NOOP "${lines[@]}" @eof @close
    capture_end
    dovecot_log
}

# MAIL that declares too much, and content that turns out too big.
scenario_submission-size-refused() {
    client_start; dovecot_start 'submission_max_mail_size = 2000'
    capture tcp port 587
    dialogue 587 @read "$EHLO" "$(submission_login)" "MAIL FROM:<alice@example.org> SIZE=5000" \
        "$MAIL" "$RCPT" DATA "@file 5000" . QUIT @eof @close
    capture_end
    dovecot_log
}

scenario_submission-vrfy-expn-etrn() {
    client_start; dovecot_start
    capture tcp port 587
    dialogue 587 @read "$EHLO" "VRFY bob" "$(submission_login)" "VRFY bob@example.net" "EXPN staff" \
        "ETRN example.net" HELP NOOP QUIT @eof @close
    capture_end
    dovecot_log
}

# The client resets the connection in states before AUTH and after it.
scenario_submission-resets() {
    client_start; dovecot_start
    local login
    login=$(submission_login)
    capture tcp port 587
    dialogue 587 @read @rst
    dialogue 587 @read "$EHLO" @rst
    dialogue 587 @read "$EHLO" "AUTH LOGIN" @rst
    dialogue 587 @read "$EHLO" "$login" @rst
    dialogue 587 @read "$EHLO" "$login" "$MAIL" @rst
    dialogue 587 @read "$EHLO" "$login" "$MAIL" "$RCPT" DATA "@send Subject: cut off\r\n" \
        "@sleep 0.3" @rst
    capture_end
    dovecot_log
}

# STARTTLS on 587 and implicit TLS on 465, AUTH and the message inside.
scenario_submission-tls() {
    client_start; dovecot_start 'ssl = yes' 'ssl_cert = </etc/helo/cert.pem' \
        'ssl_key = </etc/helo/key.pem' 'service submission-login {' '  inet_listener smtps {' \
        '    port = 465' '    ssl = yes' '  }' '}'
    wait_for "the port of TLS" listening server 465
    capture tcp port 587 or tcp port 465
    send_with_swaks --port 587 -tls --auth PLAIN --auth-user alice --auth-password "$ALICE_PASSWORD"
    send_with_swaks --port 465 --tls-on-connect --auth PLAIN --auth-user alice \
        --auth-password "$ALICE_PASSWORD"
    capture_end
    dovecot_log
}

# Its authentication process does not start (for a mechanism that Debian's build does not have): 421
# instead of the greeting.
scenario_submission-greeting-421() {
    client_start; dovecot_start 'auth_mechanisms = ntlm'
    capture
    dialogue 587 @read @eof @close
    capture_end
    dovecot_log
}
