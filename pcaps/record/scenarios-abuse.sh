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

# spread OFFSET...: the scenario's capture with its connections moved apart.
spread() {
    local plain=$RECORD_DIR/$SCENARIO.plain
    mv "$PCAP_DIR/$SCENARIO.pcap" "$plain"
    python3 "$HERE/spread.py" "$@" <"$plain" >"$PCAP_DIR/$SCENARIO.pcap"
    rm "$plain"
}

# sources COUNT: so many client addresses, 192.0.2.11 and on.
sources() {
    local number
    for ((number = 11; number < 11 + $1; number++)); do
        client ip addr add "192.0.2.$number/24" dev wire0
    done
}

# auth_plain USER PASSWORD: the command.
auth_plain() { printf 'AUTH PLAIN %s' "$(printf '\0%s\0%s' "$1" "$2" | base64)"; }

# Seven wrong passwords for two users, one in each connection, an hour or two between them: too slow
# for what counts minutes.
scenario_abuse-guessing-slow-spread() {
    client_start; postfix_start_sasl "plain login" smtpd_error_sleep_time=0
    local number user
    capture
    for number in 0 1 2 3 0 1 2; do
        user=$([ "$number" -gt 1 ] && echo bob || echo alice)
        dialogue 25 @read "$EHLO" "$(auth_plain "$user" "$WRONG_PASSWORD$number")" QUIT @eof @close
    done
    capture_end
    spread 0 '6*5400'
}

# A telephone that knows an old password only, and tries it every two hours.
scenario_abuse-guessing-stale-password-spread() {
    client_start; postfix_start_sasl "plain login" smtpd_error_sleep_time=0
    local number
    capture
    for ((number = 0; number < 9; number++)); do
        dialogue 25 @read "$EHLO" "$(auth_plain alice "$WRONG_PASSWORD")" QUIT @eof @close
    done
    capture_end
    spread 0 '8*7200'
}

# guesses_from COUNT: alice's password is guessed from so many addresses, once from each.
guesses_from() {
    client_start; postfix_start_sasl "plain login" smtpd_error_sleep_time=0
    sources "$1"
    local number
    capture
    for ((number = 0; number < $1; number++)); do
        SOURCE_IP=192.0.2.$((11 + number)) dialogue 25 @read "$EHLO" \
            "$(auth_plain alice "$WRONG_PASSWORD$((number % 4))")" QUIT @eof @close
    done
    capture_end
    spread 0 "$(($1 - 1))*600"
}

# Six addresses guess one user's password within an hour; and four, who are too few.
scenario_abuse-guessing-distributed-spread() { guesses_from 6; }
scenario_abuse-guessing-few-sources-spread() { guesses_from 4; }

# A stranger asks a server that relays for nobody to relay, for three addresses in two connections.
scenario_abuse-relay-probe() {
    client_start; postfix_start smtpd_error_sleep_time=0
    capture
    dialogue 25 @read "$EHLO" "$MAIL" "RCPT TO:<probe@example.com>" \
        "RCPT TO:<probe%example.com@example.net>" RSET QUIT @eof @close
    dialogue 25 @read "$EHLO" "MAIL FROM:<admin@example.net>" "RCPT TO:<probe@example.org>" \
        RSET QUIT @eof @close
    capture_end
}

# One recipient mistyped: relaying is denied once, the message goes to the other.
scenario_abuse-relay-denied-once() {
    client_start; postfix_start smtpd_error_sleep_time=0
    capture
    dialogue 25 @read "$EHLO" "$MAIL" "RCPT TO:<bob@example.nte>" "$RCPT" DATA "$TEXT" @read QUIT \
        @eof @close
    capture_end
}

# bounces COUNT: so many connections with one bounce each for a user of example.net.
bounces() {
    local number
    for ((number = 0; number < $1; number++)); do
        dialogue 25 @read "$EHLO" "MAIL FROM:<>" "$RCPT" QUIT @eof @close
    done
}

# A bounce every ten minutes for two hours, then sixty within a few: somebody sends in our name.
scenario_abuse-bounce-storm-spread() {
    client_start; postfix_start smtpd_client_connection_count_limit=0
    capture
    bounces 72
    capture_end
    spread 0 '12*600' '59*4'
}

# Six bounces every ten minutes, and twenty in the last: a busy day, no storm.
scenario_abuse-bounces-busy-spread() {
    client_start; postfix_start smtpd_client_connection_count_limit=0
    capture
    bounces 68
    capture_end
    spread 0 '48*100' '19*25'
}
