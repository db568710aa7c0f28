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

# Silent after MAIL and inside DATA, for 300 s, which is not to be configured.
scenario_lmtp-idle() {
    client_start; dovecot_start
    capture
    dialogue 24 @read "$LHLO" "$MAIL" @eof @close &
    local first=$!
    dialogue 24 @read "$LHLO" "$MAIL" "$RCPT" DATA "@send Subject: still open\r\n\r\nText.\r\n" \
        @eof @close &
    local second=$!
    wait $first $second
    capture_end
    dovecot_log
}

# Dovecot stops with three sessions open, one of them inside DATA.
scenario_lmtp-stop-several() {
    client_start; dovecot_start
    capture
    open_sessions 24 "$LHLO"
    in_box server doveadm stop
    ended_sessions
    capture_end
    dovecot_log
}

# Every process of Dovecot is killed under three sessions: FINs from the kernel.
scenario_lmtp-killed() {
    client_start; dovecot_start
    capture
    open_sessions 24 "$LHLO"
    dovecot_kill
    ended_sessions
    capture_end
}

# Only Dovecot's master process is killed: the others see it and say 421.
scenario_lmtp-master-killed() {
    client_start; dovecot_start
    capture
    open_sessions 24 "$LHLO"
    in_box server pkill -KILL -x dovecot
    ended_sessions
    capture_end
}

# Nonsense until the server has enough of it.
scenario_lmtp-too-many-errors() {
    client_start; dovecot_start
    local number lines=()
    for ((number = 0; number < 11; number++)); do lines+=("FOO $number"); done
    capture
    dialogue 24 @read "$LHLO" "${lines[@]}" @eof @close
    capture_end
    dovecot_log
}

# The client resets the connection in each state.
scenario_lmtp-resets() {
    client_start; dovecot_start
    capture
    client_resets 24 "$LHLO" bdat
    capture_end
}

# A bounce: the null sender; and what LMTP takes of the rest.
scenario_lmtp-null-sender() {
    client_start; dovecot_start
    capture
    dialogue 24 @read "$LHLO" "VRFY alice@example.net" "EXPN staff" NOOP "MAIL FROM:<> BODY=8BITMIME" \
        "RCPT TO:<alice@example.net>" DATA "$TEXT" @read QUIT @eof @close
    capture_end
    dovecot_log
}

# A director names the real client by XCLIENT; the server greets anew.
scenario_lmtp-xclient() {
    client_start; dovecot_start login_trusted_networks="$CLIENT_IP"
    capture
    dialogue 24 @read "$LHLO" "XCLIENT ADDR=198.51.100.7 PORT=40007 HELO=host7.example.com" \
        "$LHLO" "$MAIL" "RCPT TO:<alice@example.net>" DATA "$TEXT" @read QUIT @eof @close
    capture_end
    dovecot_log
}

# The client closes after MAIL, without QUIT.
scenario_lmtp-fin-without-quit() {
    client_start; dovecot_start
    capture
    dialogue 24 @read "$LHLO" "$MAIL" @fin @eof @close
    capture_end
}

# A message each by swaks, msmtp and smtplib; curl has no LMTP.
scenario_lmtp-clients() {
    client_start; dovecot_start
    capture
    send_with_swaks --protocol LMTP --port 24 --to alice@example.net
    put client /tmp/msmtprc <<RC
account default
protocol lmtp
host $SERVER_IP
port 24
domain client.example.org
from alice@example.org
RC
    text "by msmtp" | client msmtp -C /tmp/msmtprc alice@example.net >>"$LOG" 2>&1
    client python3 - "$SERVER_IP" >>"$LOG" 2>&1 <<'PY'
import smtplib
import sys

with smtplib.LMTP(sys.argv[1], 24, local_hostname="client.example.org") as lmtp:
    lmtp.sendmail("alice@example.org", ["alice@example.net"], "Subject: by smtplib\n\nText.\n")
PY
    capture_end
    dovecot_log
}

# STARTTLS on port 24, and TLS from the first octet on another one.
scenario_lmtp-tls() {
    client_start; dovecot_start 'ssl = yes' 'ssl_cert = </etc/helo/cert.pem' \
        'ssl_key = </etc/helo/key.pem' 'service lmtp {' '  inet_listener lmtps {' \
        '    port = 2424' '    ssl = yes' '  }' '}'
    wait_for "the port of TLS" listening server 2424
    capture
    send_with_swaks --protocol LMTP --port 24 -tls --to alice@example.net
    send_with_swaks --protocol LMTP --port 2424 --tls-on-connect --to alice@example.net
    capture_end
    dovecot_log
}

# QUIT and a reset straight behind it.
scenario_lmtp-quit-then-rst() {
    client_start; dovecot_start
    capture
    dialogue 24 @read "$LHLO" "@rst QUIT\r\n"
    capture_end
    dovecot_log
}

# A reset straight behind the final dot.
scenario_lmtp-rst-behind-dot() {
    client_start; dovecot_start
    capture
    rst_behind_dot 24 "$LHLO"
    capture_end
    dovecot_log
}
