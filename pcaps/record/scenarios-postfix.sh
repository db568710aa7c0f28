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
    dialogue 25 @read "EHLO client.example.org" "MAIL FROM:<alice@example.org>" \
        "RCPT TO:<bob@example.net>" DATA "@file 5000" "." QUIT @eof @close
    capture_end
}

scenario_postfix-size-refused() {
    client_start; postfix_start message_size_limit=2000
    capture
    dialogue 25 @read "EHLO client.example.org" "MAIL FROM:<alice@example.org> SIZE=5000" \
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
    dialogue 25 @read "EHLO client.example.org" "MAIL FROM:<alice@example.org>" @eof @close
    capture_end
}

scenario_postfix-rst-in-data() {
    client_start; postfix_start
    capture
    dialogue 25 @read "EHLO client.example.org" "MAIL FROM:<alice@example.org>" \
        "RCPT TO:<bob@example.net>" DATA "@send Subject: cut off\r\n\r\nThis text" "@sleep 0.3" @rst
    capture_end
}

# smtpd_hard_error_limit: 421 after the third error.
scenario_postfix-too-many-errors() {
    client_start; postfix_start smtpd_hard_error_limit=3 smtpd_error_sleep_time=0
    capture
    dialogue 25 @read "EHLO client.example.org" FOO BAR "MAIL FROM:<alice@example.org>" \
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
