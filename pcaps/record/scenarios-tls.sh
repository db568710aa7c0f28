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

# old_tls BOX: have OpenSSL in that box take versions and signatures that Debian 12 leaves out.
old_tls() {
    put "$1" /etc/helo/old.cnf <<'CNF'
openssl_conf = start
[start]
ssl_conf = modules
[modules]
system_default = old
[old]
MinProtocol = TLSv1
CipherString = DEFAULT@SECLEVEL=0
CNF
}

# s_client OPTION...: STARTTLS with openssl, then a short dialogue inside; its report goes to the log.
s_client() {
    printf '%s\n' "$EHLO" | cat - <(sleep 0.5; printf 'QUIT\n'; sleep 0.5) |
        client openssl s_client -connect "$SERVER_IP:25" -starttls smtp -name client.example.org \
            -crlf -ign_eof "$@" >>"$LOG" 2>&1
}

# A version that RFC 8996 forbids: both ends are made to take it.
postfix_old_tls() {
    client_start; postfix_start_tls 'smtpd_tls_protocols=>=TLSv1' \
        'import_environment=OPENSSL_CONF=/etc/helo/old.cnf'
    old_tls server
    in_box server postfix stop >>"$LOG" 2>&1
    in_box server postfix start >>"$LOG" 2>&1
    wait_for Postfix listening server 465
    capture
    s_client "$1" -cipher DEFAULT@SECLEVEL=0
    capture_end
}
scenario_tls-postfix-tls10() { postfix_old_tls -tls1; }
scenario_tls-postfix-tls11() { postfix_old_tls -tls1_1; }

# dated_certificate FROM TO: a certificate of a small authority, valid between the two (GeneralizedTime).
dated_certificate() {
    in_box server sh -euc '
        cd /etc/helo
        mkdir -p ca; : >ca/index; echo 01 >ca/serial
        printf "%s\n" "[ca]" default_ca=own "[own]" database=ca/index serial=ca/serial \
            new_certs_dir=ca default_md=sha256 policy=any copy_extensions=copy "[any]" \
            commonName=supplied >ca/ca.cnf
        key="-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
        openssl req -x509 $key -days 3650 -subj "/CN=Test Authority" -keyout ca/key.pem -out ca/cert.pem
        openssl req $key -subj /CN=mail.example.net -addext subjectAltName=DNS:mail.example.net \
            -keyout key.pem -out ca/request.pem
        openssl ca -batch -notext -config ca/ca.cnf -cert ca/cert.pem -keyfile ca/key.pem \
            -startdate "$1" -enddate "$2" -in ca/request.pem -out cert.pem
        chmod 644 key.pem
        openssl x509 -in cert.pem -noout -subject -issuer -dates -fingerprint -sha256' \
        dated "$1" "$2" >>"$LOG" 2>&1
}
tls_dated() {
    client_start; postfix_start_tls
    dated_certificate "$1" "$2"
    in_box server postfix reload >>"$LOG" 2>&1
    sleep 0.5
    capture
    s_client -tls1_2
    capture_end
}
scenario_tls-certificate-expired() { tls_dated 20200101000000Z 20210101000000Z; }
scenario_tls-certificate-early() { tls_dated 20450101000000Z 20460101000000Z; }

# resumed OPTION...: a session, and another that resumes it.
resumed() {
    capture
    s_client -sess_out /tmp/session "$@"
    s_client -sess_in /tmp/session "$@"
    capture_end
}
scenario_tls-resumed-ticket() { client_start; postfix_start_tls; resumed -tls1_2; }
scenario_tls-resumed-psk() { client_start; postfix_start_tls; resumed -tls1_3; }

# mitm HOW: first a session with the server itself, then one through record/mitm.py on its port.
mitm() {
    client_start; postfix_start_tls
    in_box server sh -euc '
        postconf -M "10025/inet=10025 inet n - n - - smtpd"; postfix reload' >>"$LOG" 2>&1
    wait_for Postfix listening server 10025
    capture 'tcp port 25'
    dialogue 25 @read "$EHLO" QUIT @eof @close
    in_box server sh -euc 'postconf -MX smtp/inet; postfix reload' >>"$LOG" 2>&1
    wait_for "the port" not_listening
    in_box server python3 - "$1" "$SERVER_IP" <"$HERE/mitm.py" >>"$LOG" 2>&1 &
    wait_for "the man in the middle" listening server 25
    shift
    dialogue 25 "$@"
    capture_end
}
not_listening() { ! listening server 25; }
scenario_tls-stripped-masked() { mitm mask @read "$EHLO" "$MAIL" "$RCPT" DATA "$TEXT" @read QUIT @eof @close; }
scenario_tls-stripped-removed() { mitm remove @read "$EHLO" "$MAIL" "$RCPT" DATA "$TEXT" @read QUIT @eof @close; }
scenario_tls-stripped-refused() { mitm refuse @read "$EHLO" STARTTLS "$MAIL" "$RCPT" DATA "$TEXT" @read QUIT @eof @close; }
scenario_tls-reply-injected() { mitm reply @read "$EHLO" @starttls "$EHLO" QUIT @eof @close; }
