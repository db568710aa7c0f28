# Postfix as the server.

scenario_postfix-plain() {
    client_start; postfix_start
    capture
    send_with_swaks --header "Subject: plain"
    capture_end
}

# Three messages and a transaction given up with RSET, over one connection.
scenario_postfix-several() {
    client_start; postfix_start
    capture
    client python3 - "$SERVER_IP" >>"$LOG" 2>&1 <<'PY'
import smtplib
import sys

smtp = smtplib.SMTP(sys.argv[1], local_hostname="client.example.org")
smtp.set_debuglevel(1)
for number in (1, 2):
    smtp.sendmail("alice@example.org", ["bob@example.net"],
                  f"Subject: number {number}\r\n\r\nText {number}.\r\n")
smtp.mail("alice@example.org")
smtp.rcpt("bob@example.net")
smtp.rset()
smtp.sendmail("alice@example.org", ["alice@example.net", "bob@example.net"],
              "Subject: number 3\r\n\r\nText 3.\r\n")
smtp.noop()
smtp.quit()
PY
    capture_end
}

# Postfix's client pipelines MAIL, RCPT and DATA.
scenario_postfix-pipelining() {
    client_start postfix; postfix_start
    postfix_client_start
    capture
    text "pipelining" | client sendmail -f alice@example.org bob@example.net alice@example.net
    sleep 2
    capture_end
    client cat /var/log/postfix.log >>"$LOG"
}

# Exim's client sends MAIL, RCPT, BDAT and QUIT together.
scenario_postfix-chunking() {
    client_start exim4-daemon-heavy; postfix_start
    exim_client_start
    capture
    text "chunking" 40 | client exim4 -odi -f alice@example.org bob@example.net
    capture_end
    client cat /var/log/exim4/mainlog >>"$LOG"
}

scenario_postfix-rcpt-rejected() {
    client_start; postfix_start
    capture
    send_with_swaks --to bob@example.net,nobody@example.net,alice@example.net,bob@elsewhere.example
    capture_end
}

scenario_postfix-all-rcpt-rejected() {
    client_start; postfix_start
    capture
    send_with_swaks --to nobody@example.net
    capture_end
}

# header_checks refuses the message at its end.
scenario_postfix-content-rejected() {
    client_start; postfix_start header_checks=regexp:/etc/postfix/header_checks
    put server /etc/postfix/header_checks <<<'/^Subject: .*lottery/ REJECT no lottery here'
    capture
    send_with_swaks --header "Subject: you won the lottery"
    capture_end
}

# A message over the limit whose MAIL declares no size is refused only at its end.
scenario_postfix-too-big() {
    client_start; postfix_start message_size_limit=2000
    capture
    dialogue 25 @read "$EHLO" "$MAIL" \
        "$RCPT" DATA "@file 5000" "." QUIT @eof @close
    capture_end
}

scenario_postfix-size-refused() {
    client_start; postfix_start message_size_limit=2000
    capture
    dialogue 25 @read "$EHLO" "MAIL FROM:<alice@example.org> SIZE=5000" \
        QUIT @eof @close
    capture_end
}

scenario_postfix-data-refused() {
    client_start; postfix_start smtpd_data_restrictions=reject
    capture
    send_with_swaks
    capture_end
}

scenario_postfix-starttls() {
    client_start; postfix_start_tls
    capture
    send_with_swaks -tls
    capture_end
}

scenario_postfix-idle() {
    client_start; postfix_start smtpd_timeout=8s
    capture
    dialogue 25 @read "$EHLO" "$MAIL" @eof @close
    capture_end
}

scenario_postfix-rst-in-data() {
    client_start; postfix_start
    capture
    dialogue 25 @read "$EHLO" "$MAIL" \
        "$RCPT" DATA "@send Subject: cut off\r\n\r\nThis text" "@sleep 0.3" @rst
    capture_end
}

# smtpd_hard_error_limit: 421 after the third error.
scenario_postfix-too-many-errors() {
    client_start; postfix_start smtpd_hard_error_limit=3 smtpd_error_sleep_time=0
    capture
    dialogue 25 @read "$EHLO" FOO BAR "$MAIL" \
        "RCPT TO:<nobody@example.net>" @eof @close
    capture_end
}

# Postfix ends the session with a 221 nobody asked for.
scenario_postfix-http-get() {
    client_start; postfix_start
    capture
    dialogue 25 @read "GET / HTTP/1.0" @eof @close
    capture_end
}

# AUTH PLAIN and LOGIN, right and wrong: four sessions.
scenario_postfix-auth() {
    client_start; postfix_start_sasl "plain login"
    capture
    local mechanism
    for mechanism in PLAIN LOGIN; do
        send_with_swaks --auth $mechanism --auth-user alice --auth-password "$ALICE_PASSWORD"
        send_with_swaks --auth $mechanism --auth-user alice --auth-password "$WRONG_PASSWORD"
    done
    capture_end
}

scenario_postfix-vrfy-expn-etrn() {
    client_start; postfix_start
    capture
    dialogue 25 @read "$EHLO" "VRFY bob@example.net" "VRFY nobody@example.net" "EXPN staff" \
        "ETRN example.net" "ETRN elsewhere.example" HELP NOOP QUIT @eof @close
    capture_end
}

# SMTPUTF8 addresses and a UTF-8 header; the recipient does not exist, then one does.
scenario_postfix-smtputf8() {
    client_start; postfix_start
    capture
    dialogue 25 @read "$EHLO" "MAIL FROM:<jürgen@exämple.org> SMTPUTF8 BODY=8BITMIME" \
        "RCPT TO:<dörte@example.net>" "$RCPT" DATA \
        "@send From: Jürgen <jürgen@exämple.org>\r\nSubject: Grüße\r\n\r\nTschüß.\r\n.\r\n" @read \
        QUIT @eof @close
    capture_end
}

scenario_postfix-dsn-8bitmime() {
    client_start; postfix_start
    capture
    dialogue 25 @read "$EHLO" \
        "MAIL FROM:<alice@example.org> SIZE=40 BODY=8BITMIME RET=HDRS ENVID=QQ314159" \
        "RCPT TO:<bob@example.net> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;Bob@example.net" DATA \
        "@send Subject: dsn\r\n\r\nLatin-1 \xe9\xe8.\r\n.\r\n" @read QUIT @eof @close
    capture_end
}

scenario_postfix-null-sender() {
    client_start; postfix_start
    capture
    send_with_swaks --from "<>" --header "Subject: Undelivered Mail Returned to Sender"
    capture_end
}

# A client host that is refused: 554 instead of the greeting, the client says QUIT.
scenario_postfix-greeting-554() {
    client_start; postfix_start smtpd_client_restrictions=reject smtpd_delay_reject=no
    capture
    dialogue 25 @read QUIT @eof @close
    capture_end
}

# More connections than one client may have: 421 instead of the greeting, and a FIN.
scenario_postfix-greeting-421() {
    client_start; postfix_start smtpd_client_connection_count_limit=1 \
        smtpd_client_event_limit_exceptions=
    capture
    dialogue 25 @read "$EHLO" "@sleep 2" QUIT @eof @close &
    local first=$!
    sleep 0.7
    dialogue 25 @read @eof @close
    wait $first
    capture_end
}

# 521 closes the connection without waiting for QUIT.
scenario_postfix-greeting-521() {
    client_start; postfix_start smtpd_delay_reject=no
    in_box server postconf -e 'smtpd_client_restrictions=check_client_access static:{521 5.7.1 No mail here}'
    in_box server postfix reload >>"$LOG" 2>&1
    sleep 1
    capture
    dialogue 25 @read @eof @close
    capture_end
}

# A temporary refusal of the only recipient, as greylisting does it.
scenario_postfix-rcpt-450() {
    client_start; postfix_start
    in_box server postconf -e 'smtpd_recipient_restrictions=check_recipient_access static:{450 4.7.1 Greylisted, try again later}'
    in_box server postfix reload >>"$LOG" 2>&1
    sleep 1
    capture
    send_with_swaks
    capture_end
}

# HELO instead of EHLO, a second HELO, and commands out of order.
scenario_postfix-out-of-order() {
    client_start; postfix_start
    capture
    dialogue 25 @read "$RCPT" DATA "HELO client.example.org" "$RCPT" "$MAIL" "$MAIL" DATA \
        "HELO other.example.org" "$MAIL" "$RCPT" DATA "$TEXT" @read QUIT @eof @close
    capture_end
}

# QUIT goes out together with the final dot.
scenario_postfix-quit-behind-dot() {
    client_start; postfix_start
    capture
    dialogue 25 @read "$EHLO" "$MAIL" "$RCPT" DATA \
        "@send Subject: test\r\n\r\nText.\r\n.\r\nQUIT\r\n" @eof @close
    capture_end
}

# QUIT, and a reset before any reply: after an error Postfix takes a second for each.
scenario_postfix-quit-then-rst() {
    client_start; postfix_start smtpd_soft_error_limit=1 smtpd_error_sleep_time=1s
    capture
    dialogue 25 @read "$EHLO" FOO "@rst QUIT\r\n"
    capture_end 2
}

# A reset straight behind the final dot.
scenario_postfix-rst-behind-dot() {
    client_start; postfix_start
    capture
    rst_behind_dot 25 "$EHLO"
    capture_end
}

# The client just closes after a delivered message.
scenario_postfix-fin-without-quit() {
    client_start; postfix_start
    capture
    dialogue 25 @read "$EHLO" "$MAIL" "$RCPT" DATA "$TEXT" @read @fin @eof @close
    capture_end
}

# The client closes in the middle of the content.
scenario_postfix-fin-in-data() {
    client_start; postfix_start
    capture
    dialogue 25 @read "$EHLO" "$MAIL" "$RCPT" DATA "@send Subject: cut off\r\n\r\nThis te" @fin \
        @eof @close
    capture_end
}

# postfix stop while sessions are open, one idle and one inside DATA: bare FINs.
scenario_postfix-stop() {
    client_start; postfix_start
    capture
    dialogue 25 @read "$EHLO" "$MAIL" @eof @close &
    local first=$!
    dialogue 25 @read "$EHLO" "$MAIL" "$RCPT" DATA "@send Subject: still open\r\n\r\nText.\r\n" \
        @eof @close &
    local second=$!
    sleep 1.5
    in_box server postfix stop >>"$LOG" 2>&1
    wait $first $second
    capture_end
}

# Two BDAT chunks and BDAT 0 LAST, one command at a time; then a BDAT without a transaction.
scenario_postfix-bdat-chunks() {
    client_start; postfix_start
    capture
    dialogue 25 @read "$EHLO" "$MAIL" "$RCPT" "@send BDAT 18\r\nSubject: chunks\r\n\r" @read \
        "@send BDAT 12\r\n\nLine.\r\n.\r\nQ" @read "BDAT 0 LAST" \
        "@send BDAT 6 LAST\r\nQUIT\r\n" @read QUIT @eof @close
    capture_end
}

# XCLIENT gives the real client; then XFORWARD, as a filter passes it on.
scenario_postfix-xclient() {
    client_start; postfix_start smtpd_authorized_xclient_hosts="$CLIENT_IP" \
        smtpd_authorized_xforward_hosts="$CLIENT_IP"
    capture
    dialogue 25 @read "$EHLO" \
        "XCLIENT NAME=host7.example.com ADDR=198.51.100.7 PORT=40007 PROTO=ESMTP HELO=host7.example.com" \
        "EHLO host7.example.com" "XFORWARD NAME=inner.example ADDR=203.0.113.9 PROTO=ESMTP" \
        "$MAIL" "$RCPT" DATA "$TEXT" @read QUIT @eof @close
    capture_end
}

# XCLIENT from a host that may not.
scenario_postfix-xclient-refused() {
    client_start; postfix_start
    capture
    dialogue 25 @read "$EHLO" "XCLIENT ADDR=198.51.100.7" QUIT @eof @close
    capture_end
}

# postscreen: a client that talks before its turn sees 220- that is never finished.
scenario_postfix-postscreen-early-talker() {
    client_start; postfix_start postscreen_greet_action=enforce postscreen_greet_wait=3s \
        postscreen_access_list=
    in_box server sh -euc '
        postconf -M "smtp/inet=smtp inet n - n - 1 postscreen"
        postconf -M "smtpd/pass=smtpd pass - - n - - smtpd"
        postconf -M "dnsblog/unix=dnsblog unix - - n - 0 dnsblog"
        postconf -M "tlsproxy/unix=tlsproxy unix - - n - 0 tlsproxy"
        postfix reload' >>"$LOG" 2>&1
    sleep 1
    capture
    dialogue 25 "@send $EHLO\r\n" @read "$MAIL" "$RCPT" QUIT @eof @close
    capture_end
}

# smtpd_forbid_bare_newline=no (the default here): the content ends at LF . LF.
scenario_postfix-bare-lf() {
    client_start; postfix_start
    capture
    dialogue 25 @read "@send EHLO client.example.org\n" @read "$MAIL" "$RCPT" DATA \
        "@send Subject: bare\n\nA line.\n.\n" @read QUIT @eof @close
    capture_end
}

# What an access table can say to a recipient, for good and for now.
scenario_postfix-policy() {
    client_start; postfix_start smtpd_error_sleep_time=0 \
        smtpd_recipient_restrictions='check_recipient_access texthash:/etc/postfix/policy'
    put server /etc/postfix/policy <<'POLICY'
alice@example.net REJECT no mail from strangers
carol@example.net 550 5.2.1 mailbox disabled
dave@example.net 452 4.2.2 mailbox full
erin@example.net DEFER come back later
POLICY
    capture
    send_with_swaks --to bob@example.net,alice@example.net,carol@example.net,dave@example.net,erin@example.net
    capture_end
}

# postgrey: refused with 450 until its delay is over, then accepted. The client is
# Postfix, whose queue manager comes back.
scenario_postfix-greylisting() {
    client_start postfix
    POSTFIX_LAYER="postfix-postgrey postgrey" postfix_start \
        smtpd_recipient_restrictions=check_policy_service,inet:127.0.0.1:10023
    in_box server postgrey --inet=127.0.0.1:10023 --delay=4 --daemonize >>"$LOG" 2>&1
    wait_for postgrey listening server 10023
    postfix_client_start queue_run_delay=3s minimal_backoff_time=3s maximal_backoff_time=6s
    capture
    text "greylisted" | client sendmail -f alice@example.org bob@example.net
    wait_for "the second attempt" in_box server grep -q 'client=.*client' /var/log/postfix.log
    capture_end 2
    postfix_log
}

# A relay that is refused, by itself.
scenario_postfix-relay-denied() {
    client_start; postfix_start
    capture
    send_with_swaks --to bob@elsewhere.example
    capture_end
}

# Silent inside DATA.
scenario_postfix-idle-in-data() {
    client_start; postfix_start smtpd_timeout=6s
    capture
    dialogue 25 @read "$EHLO" "$MAIL" "$RCPT" DATA "@send Subject: still open\r\n\r\nText.\r\n" \
        @eof @close
    capture_end
}

# Every process of Postfix is killed under three sessions, and under a fourth whose NOOP its stopped
# smtpd has not read: the kernel closes three with FIN and resets that one.
scenario_postfix-killed() {
    client_start; postfix_start
    capture
    dialogue 25 @read "$EHLO" "@sleep 3" "@send NOOP\r\n" @eof @close &
    local fourth=$!
    wait_for smtpd in_box server pidof smtpd
    local stopped
    stopped=$(in_box server pidof smtpd)
    sleep 1
    open_sessions 25 "$EHLO"
    in_box server kill -STOP "$stopped"
    sleep 2
    in_box server sh -c 'kill -KILL $(pidof master smtpd cleanup qmgr pickup)'
    ended_sessions; wait $fourth
    capture_end
}

# The server's host is gone without a word, and comes back not knowing the connection: the client's
# next line is answered with a reset. Recorded at the client's end.
scenario_postfix-host-restarts() {
    client_start; postfix_start
    CAPTURE_BOX=client capture
    dialogue 25 @read "$EHLO" "$MAIL" "@sleep 3" "@send RCPT TO:<bob@example.net>\r\n" @eof @close &
    local dialogue=$!
    sleep 1.5
    in_box server ip link set wire0 down
    in_box server sh -c 'kill -KILL $(pidof master smtpd)'
    in_box server ss -K "sport = :25" >>"$LOG"
    sleep 3
    in_box server ip link set wire0 up
    wait $dialogue
    capture_end
}

# The client resets the connection in each state.
scenario_postfix-resets() {
    client_start; TLS=yes postfix_start_sasl "plain login"
    capture
    client_resets 25 "$EHLO" auth bdat tls
    capture_end
}

# What msmtp, curl and smtplib say in the clear: one message each.
scenario_postfix-clients() {
    client_start; postfix_start
    capture
    text "by msmtp" | client msmtp --host "$SERVER_IP" --domain client.example.org \
        --from alice@example.org bob@example.net >>"$LOG" 2>&1
    text "by curl" | client curl -sv --mail-from alice@example.org --mail-rcpt bob@example.net \
        --mail-rcpt alice@example.net -T - "smtp://$SERVER_IP/client.example.org" >>"$LOG" 2>&1
    client python3 - "$SERVER_IP" >>"$LOG" 2>&1 <<'PY'
import smtplib
import sys

with smtplib.SMTP(sys.argv[1], local_hostname="client.example.org") as smtp:
    smtp.sendmail("alice@example.org", ["bob@example.net"], "Subject: by smtplib\n\n.Text.\n",
                  mail_options=["BODY=8BITMIME"])
PY
    capture_end
}
