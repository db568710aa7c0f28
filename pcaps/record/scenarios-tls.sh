# Encryption: implicit TLS, submission, old TLS versions, and STARTTLS that fails.

scenario_tls-postfix-smtps() {
    client_start; postfix_start_tls
    capture
    send_with_swaks --port 465 --tls-on-connect
    capture_end
}

scenario_tls-exim-smtps() {
    client_start; exim_start_tls
    capture
    send_with_swaks --port 465 --tls-on-connect
    capture_end
}

# TLS 1.2: the certificate is readable in the handshake.
scenario_tls-postfix-tls12() {
    client_start; postfix_start_tls
    capture
    send_with_swaks -tls --tls-protocol tlsv1_2
    capture_end
}

# Submission with msmtp: STARTTLS, then AUTH PLAIN inside TLS.
scenario_tls-submission() {
    client_start; TLS=yes postfix_start_sasl "plain login"
    put client /tmp/msmtprc <<RC
account default
host $SERVER_IP
port 587
domain client.example.org
from alice@example.org
auth plain
user alice
password $ALICE_PASSWORD
tls on
tls_certcheck off
RC
    client chmod 600 /tmp/msmtprc
    capture
    text "submission" | client msmtp -C /tmp/msmtprc --debug bob@example.net >>"$LOG" 2>&1
    capture_end
}

# curl checks the certificate, does not like it, and ends the handshake with an alert.
scenario_tls-client-refuses-certificate() {
    client_start; postfix_start_tls
    capture
    text "never sent" | client curl -sv --ssl-reqd --mail-from alice@example.org \
        --mail-rcpt bob@example.net -T - "smtp://mail.example.net/client.example.org" \
        >>"$LOG" 2>&1 && return 1
    capture_end
}

# The server has no certificate: STARTTLS is offered, and refused with 454.
scenario_tls-starttls-refused() {
    client_start; postfix_start smtpd_tls_security_level=may \
        smtpd_tls_cert_file=/etc/helo/missing.pem
    capture
    dialogue 25 @read "$EHLO" STARTTLS "$MAIL" "$RCPT" DATA "$TEXT" @read QUIT @eof @close
    capture_end
}

# The server does not offer STARTTLS at all.
scenario_tls-starttls-unknown() {
    client_start; postfix_start
    capture
    dialogue 25 @read "$EHLO" STARTTLS QUIT @eof @close
    capture_end
}

# smtpd_tls_security_level=encrypt: nothing without STARTTLS.
scenario_tls-required() {
    client_start; postfix_start_tls smtpd_tls_security_level=encrypt
    capture
    dialogue 25 @read "$EHLO" "$MAIL" QUIT @eof @close
    capture_end
}

# A client that asks for STARTTLS and then goes on in the clear.
scenario_tls-cleartext-after-220() {
    client_start; exim_start_tls
    capture
    dialogue 25 @read "$EHLO" STARTTLS "$EHLO" @eof @close
    capture_end
}

# A plain client on the port of implicit TLS.
scenario_tls-cleartext-on-465() {
    client_start; postfix_start_tls
    capture
    dialogue 465 "$EHLO" @eof @close
    capture_end
}
