# What attackers do, against real servers.

# SMTP smuggling (CVE-2023-51764): a second message inside the content of the first, behind
# LF . LF, which this Postfix takes as the end of the content: two messages are accepted.
scenario_abuse-smuggling-accepted() {
    client_start; postfix_start
    capture
    dialogue 25 @read "$EHLO" "$MAIL" "$RCPT" DATA \
        "@send Subject: outer\r\n\r\nText.\n.\nMAIL FROM:<admin@example.net>\r\nRCPT TO:<alice@example.net>\r\nDATA\r\nSubject: inner\r\n\r\nText.\r\n.\r\n" \
        "@read 5" QUIT @eof @close
    capture_end
}

# The same to a Postfix that knows better, and to Exim.
scenario_abuse-smuggling-harmless() {
    client_start; exim_start
    capture
    dialogue 25 @read "$EHLO" "$MAIL" "$RCPT" DATA \
        "@send Subject: outer\r\n\r\nText.\n.\nMAIL FROM:<admin@example.net>\r\nRCPT TO:<alice@example.net>\r\nDATA\r\nSubject: inner\r\n\r\nText.\r\n.\r\n" \
        @read QUIT @eof @close
    capture_end
}

# Commands in the same segment as STARTTLS (CVE-2011-0411): Postfix throws them away.
scenario_abuse-starttls-injection() {
    client_start; postfix_start_tls
    capture
    dialogue 25 @read "$EHLO" "@send STARTTLS\r\nMAIL FROM:<admin@example.net>\r\n" @read @tls \
        "$EHLO" QUIT @eof @close
    capture_end
}

# Twelve recipients tried, one exists, no message.
scenario_abuse-harvest() {
    client_start; postfix_start smtpd_error_sleep_time=0 smtpd_hard_error_limit=50
    local user recipients=()
    for user in admin anna bernd carol david emma frank bob grace henry ines jan; do
        recipients+=("RCPT TO:<$user@example.net>")
    done
    capture
    dialogue 25 @read "$EHLO" "$MAIL" "${recipients[@]}" RSET QUIT @eof @close
    capture_end
}

# Ten wrong passwords for one user, in three connections from one address.
scenario_abuse-brute-force() {
    client_start; postfix_start_sasl "plain login" smtpd_error_sleep_time=0
    wrong_passwords
    capture
    dialogue 25 @read "$EHLO" "${RESPONSES[@]}" QUIT @eof @close
    dialogue 25 @read "$EHLO" "${RESPONSES[@]}" QUIT @eof @close
    dialogue 25 @read "$EHLO" "${RESPONSES[@]:0:2}" QUIT @eof @close
    capture_end
}

# Four wrong passwords, then the right one.
scenario_abuse-brute-force-success() {
    client_start; postfix_start_sasl "plain login" smtpd_error_sleep_time=0
    wrong_passwords
    capture
    dialogue 25 @read "$EHLO" "${RESPONSES[@]}" \
        "AUTH PLAIN $(printf '\0alice\0%s' "$ALICE_PASSWORD" | base64)" QUIT @eof @close
    capture_end
}

wrong_passwords() {
    local number
    RESPONSES=()
    for number in 0 1 2 3; do
        RESPONSES+=("AUTH PLAIN $(printf '\0alice\0%s%d' "$WRONG_PASSWORD" "$number" | base64)")
    done
}

# One wrong password for eleven users.
scenario_abuse-password-spray() {
    client_start; AUTH_HOSTS='*' exim_start
    local user responses=()
    for user in alice bob carol dave erin frank grace heidi ivan judy mallory; do
        responses+=("AUTH PLAIN $(printf '\0%s\0%s' "$user" "$WRONG_PASSWORD" | base64)")
    done
    capture
    dialogue 25 @read "$EHLO" "${responses[@]}" QUIT @eof @close
    capture_end
}

# Exim refuses a client that talks before the greeting.
scenario_abuse-early-talker() {
    client_start; exim_start 'connect_acl=accept delay = 2s' \
        pipelining_connect_advertise_hosts=
    capture
    dialogue 25 "@send $EHLO\r\n" @eof @close
    capture_end
}

# TLS, SSH and SOCKS on the port of SMTP.
scenario_abuse-not-smtp() {
    client_start; postfix_start smtpd_timeout=5s
    capture
    client openssl s_client -connect "$SERVER_IP:25" </dev/null >>"$LOG" 2>&1 || true
    dialogue 25 "@send SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n" @eof @close
    dialogue 25 "@send \x05\x01\x00" @eof @close
    capture_end
}

# postfix stop under six sessions of three clients.
scenario_abuse-server-shutdown() {
    client_start; postfix_start
    local number pids=()
    for number in 11 12 13; do client ip addr add "192.0.2.$number/24" dev wire0; done
    capture
    for number in 11 12 13 11 12 13; do
        SOURCE_IP=192.0.2.$number dialogue 25 @read "$EHLO" @eof @close &
        pids+=($!)
        sleep 0.2
    done
    sleep 1
    in_box server postfix stop >>"$LOG" 2>&1
    wait "${pids[@]}"
    capture_end
}
