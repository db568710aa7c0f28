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

# The same inside DATA.
scenario_opensmtpd-idle-in-data() {
    client_start; opensmtpd_start
    capture
    dialogue 25 @read "$EHLO" "$MAIL" "$RCPT" DATA "@send Subject: still open\r\n\r\nText.\r\n" \
        @eof @close
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

# MAIL that declares too much, and content that turns out too big.
scenario_opensmtpd-size-refused() {
    client_start; opensmtpd_start 'smtp max-message-size "2000"'
    capture
    dialogue 25 @read "$EHLO" "MAIL FROM:<alice@example.org> SIZE=5000" "$MAIL" "$RCPT" DATA \
        "@file 5000" . QUIT @eof @close
    capture_end
}

# The null sender, 8-bit text and a request for a DSN.
scenario_opensmtpd-dsn-8bitmime() {
    client_start; opensmtpd_start
    capture
    dialogue 25 @read "$EHLO" "MAIL FROM:<> BODY=8BITMIME RET=HDRS ENVID=QQ314159" \
        "RCPT TO:<bob@example.net> NOTIFY=FAILURE ORCPT=rfc822;Bob@example.net" DATA \
        "@send Subject: dsn\r\n\r\nLatin-1 \xe9\xe8.\r\n.\r\n" @read QUIT @eof @close
    capture_end
}

scenario_opensmtpd-vrfy-expn-etrn() {
    client_start; opensmtpd_start
    capture
    dialogue 25 @read "$EHLO" "VRFY bob@example.net" "EXPN staff" "ETRN example.net" HELP NOOP QUIT \
        @eof @close
    capture_end
}

# A relay that is refused, by itself.
scenario_opensmtpd-relay-denied() {
    client_start; opensmtpd_start
    capture
    send_with_swaks --to bob@elsewhere.example
    capture_end
}

# What a filter can say to a recipient, for good and for now.
scenario_opensmtpd-policy() {
    client_start
    LISTEN='filter { "strangers", "later" }' opensmtpd_start \
        'filter "strangers" phase rcpt-to match rcpt-to { "alice@example.net" } reject "550 5.7.1 no mail from strangers"' \
        'filter "later" phase rcpt-to match rcpt-to { "dave@example.net" } reject "450 4.7.1 greylisted, come back later"'
    capture
    send_with_swaks --to bob@example.net,alice@example.net,dave@example.net
    capture_end
}

# A filter refuses the client instead of greeting it, for good and for now.
scenario_opensmtpd-greeting-554() { opensmtpd_refuses "554 5.7.1 no mail from your network"; }
scenario_opensmtpd-greeting-421() { opensmtpd_refuses "421 4.7.0 come back later"; }

opensmtpd_refuses() {
    client_start
    LISTEN='filter "door"' opensmtpd_start \
        "filter \"door\" phase connect match src { $CLIENT_IP } disconnect \"$1\""
    capture
    dialogue 25 @read @eof @close
    capture_end
}

# Sixty lines of nonsense and sixty recipients that don't exist: OpenSMTPD never has enough.
scenario_opensmtpd-many-errors() {
    client_start; opensmtpd_start
    local number lines=() recipients=()
    for ((number = 0; number < 60; number++)); do
        lines+=("FOO $number")
        recipients+=("RCPT TO:<nobody$number@example.net>")
    done
    capture
    dialogue 25 @read "$EHLO" "${lines[@]}" "$MAIL" "${recipients[@]}" QUIT @eof @close
    capture_end
}

# Three sessions when every process is killed: FINs from the kernel.
scenario_opensmtpd-killed() {
    client_start; opensmtpd_start
    capture
    open_sessions 25 "$EHLO"
    in_box server sh -c 'kill -KILL $(pidof smtpd)'
    ended_sessions
    capture_end
}

# The client resets the connection in each state.
scenario_opensmtpd-resets() {
    client_start; opensmtpd_start
    capture
    client_resets 25 "$EHLO"
    capture_end
}

# Debian 12's OpenSMTPD with TLS: STARTTLS is answered, the handshake breaks.
scenario_opensmtpd-starttls() {
    client_start
    LISTEN='tls pki mail' opensmtpd_start 'pki mail cert "/etc/helo/cert.pem"' \
        'pki mail key "/etc/helo/key.pem"'
    capture
    send_with_swaks -tls
    capture_end
}

# SMTPUTF8, which OpenSMTPD does not have.
scenario_opensmtpd-smtputf8() {
    client_start; opensmtpd_start
    capture
    dialogue 25 @read "$EHLO" "MAIL FROM:<jürgen@exämple.org> SMTPUTF8 BODY=8BITMIME" \
        "MAIL FROM:<jürgen@exämple.org>" "$MAIL" "RCPT TO:<dörte@example.net>" QUIT @eof @close
    capture_end
}

# A message each by msmtp, curl and smtplib.
scenario_opensmtpd-clients() {
    client_start; opensmtpd_start
    capture
    send_by_each
    capture_end
}

# TLS from the first octet with Debian 12's OpenSMTPD: the handshake breaks there, too.
scenario_opensmtpd-smtps() {
    client_start
    LISTEN='port 465 smtps pki mail' opensmtpd_start 'listen on 0.0.0.0 hostname mail.example.net' \
        'pki mail cert "/etc/helo/cert.pem"' 'pki mail key "/etc/helo/key.pem"'
    wait_for "the port of TLS" listening server 465
    capture
    send_with_swaks --port 465 --tls-on-connect
    capture_end
}

# The client closes without QUIT, after MAIL and inside DATA.
scenario_opensmtpd-fin-without-quit() {
    client_start; opensmtpd_start
    capture
    dialogue 25 @read "$EHLO" "$MAIL" @fin @eof @close
    dialogue 25 @read "$EHLO" "$MAIL" "$RCPT" DATA "@send Subject: cut off\r\n\r\nThis text" \
        @fin @eof @close
    capture_end
}

# QUIT and a reset straight behind it.
scenario_opensmtpd-quit-then-rst() {
    client_start; opensmtpd_start
    capture
    dialogue 25 @read "$EHLO" "@rst QUIT\r\n"
    capture_end
}

# A reset straight behind the final dot.
scenario_opensmtpd-rst-behind-dot() {
    client_start; opensmtpd_start
    capture
    rst_behind_dot 25 "$EHLO"
    capture_end
}
