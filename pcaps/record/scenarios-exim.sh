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
    dialogue 25 @read "$EHLO" \
        "$MAIL" "$RCPT" DATA \
        "@send Subject: one\r\n\r\nText.\r\n" . \
        "$MAIL" "$RCPT" RSET \
        "$MAIL" "RCPT TO:<nobody@example.net>" \
        "RCPT TO:<alice@example.net>" DATA "@send Subject: two\r\n\r\n..Text.\r\n" . \
        QUIT @eof @close
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
    dialogue 25 @read "$EHLO" "$MAIL" @eof @close
    capture_end
}

scenario_exim-rst-in-data() {
    client_start; exim_start
    capture
    dialogue 25 @read "$EHLO" "$MAIL" \
        "$RCPT" DATA "@send Subject: cut off\r\n\r\nThis text" "@sleep 0.3" @rst
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
    dialogue 25 @read "$EHLO" FOO BAR BAZ @eof @close
    capture_end
}

# The connect ACL refuses with 554; the client says QUIT.
scenario_exim-greeting-554() {
    client_start; exim_start 'connect_acl=deny message = 554 5.7.1 no mail from your network'
    capture
    dialogue 25 @read QUIT @eof @close
    capture_end
}

# More connections than smtp_accept_max: 421 instead of a greeting.
scenario_exim-greeting-421() {
    client_start; exim_start smtp_accept_max=1
    capture
    dialogue 25 @read "$EHLO" "@sleep 2" QUIT @eof @close &
    local first=$!
    sleep 0.7
    dialogue 25 @read @eof @close
    wait $first
    capture_end
}

# Two sessions open when every process of Exim is told to end: one idle (421), one inside DATA
# (which is still accepted).
scenario_exim-stop() {
    client_start; exim_start
    capture
    dialogue 25 @read "$EHLO" "$MAIL" @eof @close &
    local first=$!
    dialogue 25 @read "$EHLO" "$MAIL" "$RCPT" DATA "@send Subject: still open\r\n\r\nText.\r\n" \
        "@sleep 3" . QUIT @eof @close &
    local second=$!
    sleep 1.5
    in_box server sh -c 'kill -TERM $(pidof exim4)'
    wait $first $second
    capture_end
}

# Idle at the user name prompt of AUTH LOGIN.
scenario_exim-idle-in-auth() {
    client_start; AUTH_HOSTS='*' exim_start smtp_receive_timeout=6s
    capture
    dialogue 25 @read "$EHLO" "AUTH LOGIN" @eof @close
    capture_end
}

# The client closes while it is the server's turn to wait, plain and inside AUTH.
scenario_exim-fin-without-quit() {
    client_start; AUTH_HOSTS='*' exim_start
    capture
    dialogue 25 @read "$EHLO" "$MAIL" @fin @eof @close
    dialogue 25 @read "$EHLO" "AUTH LOGIN" @fin @eof @close
    capture_end
}

# QUIT goes out together with the final dot.
scenario_exim-quit-behind-dot() {
    client_start; exim_start
    capture
    dialogue 25 @read "$EHLO" "$MAIL" "$RCPT" DATA \
        "@send Subject: test\r\n\r\nText.\r\n.\r\nQUIT\r\n" @eof @close
    capture_end
}

# Exim's client trusts the capabilities of last time and sends EHLO, MAIL, RCPT and BDAT before
# the greeting: PIPECONNECT. The first delivery only teaches it.
scenario_exim-pipeconnect() {
    client_start exim4-daemon-heavy; exim_start
    exim_client_start 'client=hosts_pipe_connect = *'
    text "first" | client exim4 -odi -f alice@example.org bob@example.net
    capture
    text "pipeconnect" | client exim4 -odi -f alice@example.org bob@example.net
    capture_end
    client cat /var/log/exim4/mainlog >>"$LOG"
}

# Two messages by Exim's client over one connection, out of its queue.
scenario_exim-queue-run() {
    client_start exim4-daemon-heavy; exim_start
    exim_client_start 'client=connection_max_messages = 5' remote_max_parallel=1 queue_smtp_domains='*'
    text "one" | client exim4 -odqs -f alice@example.org bob@example.net
    text "two" | client exim4 -odqs -f "<>" alice@example.net
    capture
    client exim4 -qq
    capture_end 3
    client cat /var/log/exim4/mainlog >>"$LOG"
}

# VRFY, EXPN, HELP and ETRN as Exim takes them by default.
scenario_exim-vrfy-expn-etrn() {
    client_start; exim_start
    capture
    dialogue 25 @read "$EHLO" "VRFY bob@example.net" "EXPN staff" "ETRN example.net" HELP NOOP \
        QUIT @eof @close
    capture_end
}

# A relay that is refused, by itself: no recipient is left.
scenario_exim-relay-denied() {
    client_start; exim_start
    capture
    send_with_swaks --to bob@elsewhere.example
    capture_end
}

# 452 for one recipient, and a temporary refusal of the content.
scenario_exim-temporary() {
    client_start; exim_start 'rcpt_acl=defer local_parts = alice
          message = 452 4.5.3 too many recipients' \
        'data_acl=defer message = 451 4.7.1 scanner is down'
    capture
    send_with_swaks --to bob@example.net,alice@example.net
    capture_end
}

# IPv6 and HELO, with an address literal.
scenario_exim-ipv6-helo() {
    client_start; exim_start
    capture
    SERVER_IP=$SERVER_IP6 dialogue 25 @read "HELO [IPv6:2001:db8::10]" "MAIL FROM:<>" "$RCPT" DATA \
        "$TEXT" @read QUIT @eof @close
    capture_end
}

# MAIL that declares too much (552), and content that turns out too big (552).
scenario_exim-size-refused() {
    client_start; exim_start message_size_limit=2000
    capture
    dialogue 25 @read "$EHLO" "MAIL FROM:<alice@example.org> SIZE=5000" "$MAIL" "$RCPT" DATA \
        "@file 5000" . QUIT @eof @close
    capture_end
}

# SMTPUTF8 addresses and a UTF-8 header; the first recipient does not exist.
scenario_exim-smtputf8() {
    client_start; exim_start
    capture
    dialogue 25 @read "$EHLO" "MAIL FROM:<jürgen@exämple.org> SMTPUTF8 BODY=8BITMIME" \
        "RCPT TO:<dörte@example.net>" "$RCPT" DATA \
        "@send From: Jürgen <jürgen@exämple.org>\r\nSubject: Grüße\r\n\r\nTschüß.\r\n.\r\n" @read \
        QUIT @eof @close
    capture_end
}

scenario_exim-dsn-8bitmime() {
    client_start; exim_start 'dsn_advertise_hosts = *'
    capture
    dialogue 25 @read "$EHLO" \
        "MAIL FROM:<alice@example.org> SIZE=40 BODY=8BITMIME RET=HDRS ENVID=QQ314159" \
        "RCPT TO:<bob@example.net> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;Bob@example.net" DATA \
        "@send Subject: dsn\r\n\r\nLatin-1 \xe9\xe8.\r\n.\r\n" @read QUIT @eof @close
    capture_end
}

# What an ACL can say to a recipient, for good and for now.
scenario_exim-policy() {
    client_start; exim_start 'rcpt_acl=deny local_parts = alice
          message = 550 5.7.1 no mail from strangers
  deny local_parts = carol
          message = 550 5.2.1 mailbox disabled
  defer local_parts = dave
          message = 450 4.7.1 greylisted, come back later'
    capture
    send_with_swaks --to bob@example.net,alice@example.net,carol@example.net,dave@example.net
    capture_end
}

# Silent inside DATA.
scenario_exim-idle-in-data() {
    client_start; exim_start smtp_receive_timeout=6s
    capture
    dialogue 25 @read "$EHLO" "$MAIL" "$RCPT" DATA "@send Subject: still open\r\n\r\nText.\r\n" \
        @eof @close
    capture_end
}

# Three sessions when every process of Exim is killed: FINs from the kernel.
scenario_exim-killed() {
    client_start; exim_start
    capture
    open_sessions 25 "$EHLO"
    in_box server sh -c 'kill -KILL $(pidof exim4)'
    ended_sessions
    capture_end
}

# Only the daemon is told to end: the session goes on as if nothing were.
scenario_exim-daemon-stop() {
    client_start; exim_start
    capture
    dialogue 25 @read "$EHLO" "@sleep 3" "$MAIL" "$RCPT" DATA "$TEXT" @read QUIT @eof @close &
    local session=$!
    sleep 1.5
    in_box server sh -c 'kill -TERM $(pgrep -o exim4)'
    wait $session
    capture_end
}

# The client resets the connection in each state.
scenario_exim-resets() {
    client_start; AUTH_HOSTS='*' exim_start_tls
    capture
    client_resets 25 "$EHLO" auth bdat tls
    capture_end
}

# What msmtp, curl and smtplib say in the clear: one message each.
scenario_exim-clients() {
    client_start; exim_start
    capture
    send_by_each
    capture_end
}

# QUIT and a reset straight behind it.
scenario_exim-quit-then-rst() {
    client_start; exim_start
    capture
    dialogue 25 @read "$EHLO" "@rst QUIT\r\n"
    capture_end
}

# A reset straight behind the final dot.
scenario_exim-rst-behind-dot() {
    client_start; exim_start
    capture
    rst_behind_dot 25 "$EHLO"
    capture_end
}
