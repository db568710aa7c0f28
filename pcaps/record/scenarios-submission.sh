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

# A message by smtplib, which prefers CRAM-MD5.
scenario_submission-smtplib() {
    client_start; dovecot_start
    capture tcp port 587
    client python3 - "$SERVER_IP" "$ALICE_PASSWORD" >>"$LOG" 2>&1 <<'PY'
import smtplib
import sys

with smtplib.SMTP(sys.argv[1], 587, local_hostname="client.example.org") as smtp:
    smtp.login("alice", sys.argv[2])
    smtp.sendmail("alice@example.org", ["bob@example.net"], "Subject: by smtplib\n\nText.\n")
PY
    capture_end
    dovecot_log
}

# The relay behind it refuses recipients, for good and for now, and the service hands that on.
scenario_submission-policy() {
    client_start; dovecot_start 'submission_relay_port = 2526'
    in_box server python3 -W ignore - >>"$LOG" 2>&1 <<'PY' &
import asyncore
import smtpd

REFUSED = {"alice@example.net": "550 5.7.1 no mail from strangers",
           "dave@example.net": "450 4.7.1 greylisted, come back later",
           "carol@elsewhere.example": "554 5.7.1 relay access denied"}


class Channel(smtpd.SMTPChannel):
    def smtp_RCPT(self, arg):
        address = arg.partition(":")[2].strip(" <>")
        if address in REFUSED:
            self.push(REFUSED[address])
        else:
            super().smtp_RCPT(arg)


class Relay(smtpd.SMTPServer):
    channel_class = Channel

    def process_message(self, *_, **__):
        return None


Relay(("127.0.0.1", 2526), None)
asyncore.loop()
PY
    wait_for "the strict relay" listening server 2526
    capture tcp port 587
    dialogue 587 @read "$EHLO" "$(submission_login)" "$MAIL" "$RCPT" "RCPT TO:<alice@example.net>" \
        "RCPT TO:<dave@example.net>" "RCPT TO:<carol@elsewhere.example>" DATA "$TEXT" @read QUIT @eof \
        @close
    capture_end
    dovecot_log
}

# The null sender with 8-bit text; DSN and SMTPUTF8, which its relay does not have.
scenario_submission-extensions() {
    client_start; dovecot_start
    capture tcp port 587
    dialogue 587 @read "$EHLO" "$(submission_login)" "MAIL FROM:<> BODY=8BITMIME" "$RCPT" DATA \
        "@send Subject: bounce\r\n\r\nLatin-1 \xe9\xe8.\r\n.\r\n" @read \
        "MAIL FROM:<alice@example.org> RET=HDRS ENVID=QQ314159" RSET \
        "MAIL FROM:<jürgen@exämple.org> SMTPUTF8" QUIT @eof @close
    capture_end
    dovecot_log
}

# A proxy names the real client by XCLIENT; the service greets anew.
scenario_submission-xclient() {
    client_start; dovecot_start login_trusted_networks="$CLIENT_IP"
    capture tcp port 587
    dialogue 587 @read "$EHLO" "XCLIENT ADDR=198.51.100.7 PORT=40007 HELO=host7.example.com" \
        "$EHLO" "$(submission_login)" "$MAIL" "$RCPT" DATA "$TEXT" @read QUIT @eof @close
    capture_end
    dovecot_log
}

# QUIT in the same segment as the final dot, and QUIT with a reset straight behind it.
scenario_submission-quit() {
    client_start; dovecot_start
    capture tcp port 587
    dialogue 587 @read "$EHLO" "$(submission_login)" "$MAIL" "$RCPT" DATA \
        "@send Subject: test\r\n\r\nText.\r\n.\r\nQUIT\r\n" @eof @close
    dialogue 587 @read "$EHLO" "$(submission_login)" "@rst QUIT\r\n"
    capture_end
    dovecot_log
}

# The client closes without QUIT, after MAIL and inside DATA.
scenario_submission-fin-without-quit() {
    client_start; dovecot_start
    capture tcp port 587
    dialogue 587 @read "$EHLO" "$(submission_login)" "$MAIL" @fin @eof @close
    dialogue 587 @read "$EHLO" "$(submission_login)" "$MAIL" "$RCPT" DATA \
        "@send Subject: cut off\r\n\r\nThis text" @fin @eof @close
    capture_end
    dovecot_log
}

# The client resets after RCPT, straight behind the final dot, and after its answer.
scenario_submission-resets-later() {
    client_start; dovecot_start
    local login
    login=$(submission_login)
    capture tcp port 587
    dialogue 587 @read "$EHLO" "$login" "$MAIL" "$RCPT" @rst
    rst_behind_dot 587 "$EHLO" "$login"
    dialogue 587 @read "$EHLO" "$login" "$MAIL" "$RCPT" DATA "$TEXT" @read @rst
    capture_end
    dovecot_log
}
