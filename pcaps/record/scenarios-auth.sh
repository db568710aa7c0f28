# AUTH in the clear, mechanism by mechanism, and what can go wrong with it.

# auth_pair MECHANISM [swaks arguments]: with the right password (and a message), with a wrong one.
auth_pair() {
    local mechanism=$1; shift
    send_with_swaks --auth "$mechanism" --auth-user alice --auth-password "$ALICE_PASSWORD" "$@"
    send_with_swaks --auth "$mechanism" --auth-user alice --auth-password "$WRONG_PASSWORD" "$@"
}

# gsasl_auth MECHANISM PASSWORD [port]
gsasl_auth() {
    client gsasl --client --smtp --connect "$SERVER_IP:${3:-25}" --mechanism "$1" --no-starttls \
        --authentication-id alice --password "$2" --hostname mail.example.net --service smtp \
        --no-cb >>"$LOG" 2>&1 </dev/null || true
}

scenario_auth-cram-md5-postfix() {
    client_start; postfix_start_sasl cram-md5
    capture
    auth_pair CRAM-MD5
    capture_end
}

scenario_auth-cram-md5-exim() {
    client_start; AUTH_HOSTS='*' exim_start
    capture
    auth_pair CRAM-MD5
    capture_end
}

scenario_auth-digest-md5() {
    client_start; postfix_start_sasl digest-md5
    capture
    auth_pair DIGEST-MD5 --auth-extra realm=example.net
    capture_end
}

scenario_auth-ntlm() {
    client_start; postfix_start_sasl ntlm
    capture
    auth_pair NTLM
    capture_end
}

scenario_auth-scram-postfix() {
    client_start; postfix_start_sasl "scram-sha-1 scram-sha-256"
    capture
    local mechanism
    for mechanism in SCRAM-SHA-1 SCRAM-SHA-256; do
        gsasl_auth $mechanism "$ALICE_PASSWORD"
        gsasl_auth $mechanism "$WRONG_PASSWORD"
    done
    capture_end
}

scenario_auth-scram-dovecot() {
    client_start; dovecot_start
    capture
    local mechanism
    for mechanism in SCRAM-SHA-1 SCRAM-SHA-256; do
        gsasl_auth $mechanism "$ALICE_PASSWORD" 587
        gsasl_auth $mechanism "$WRONG_PASSWORD" 587
    done
    capture_end
    dovecot_log
}

# Bearer tokens at Dovecot's submission service, with curl: a good one, then a bad one, whose
# refusal comes as a 334 with a JSON error that the client must answer.
scenario_auth-oauthbearer() { bearer_tokens oauthbearer; }
scenario_auth-xoauth2() { bearer_tokens xoauth2; }

bearer_tokens() {
    client_start; dovecot_start "auth_mechanisms = $1"
    capture
    local token
    for token in "$OAUTH_TOKEN" "$OAUTH_WRONG_TOKEN"; do
        text "with a token" | client curl -sv --oauth2-bearer "$token" -u alice: \
            --mail-from alice@example.org --mail-rcpt bob@example.net -T - \
            "smtp://$SERVER_IP:587/client.example.org" >>"$LOG" 2>&1 || true
    done
    capture_end
    dovecot_log
}

scenario_auth-anonymous() {
    client_start; postfix_start_sasl "anonymous plain"
    capture
    dialogue 25 @read "$EHLO" "AUTH ANONYMOUS dHJhY2U=" QUIT @eof @close
    dialogue 25 @read "$EHLO" "AUTH ANONYMOUS" "dHJhY2U=" QUIT @eof @close
    capture_end
}

# EXTERNAL without a client certificate is refused, with an initial response and with an empty one.
scenario_auth-external() {
    client_start; dovecot_start
    capture
    dialogue 587 @read "$EHLO" "AUTH EXTERNAL YWxpY2U=" "AUTH EXTERNAL =" QUIT @eof @close
    capture_end
    dovecot_log
}

# An authorization identity that differs from the authentication identity.
scenario_auth-plain-authzid() {
    client_start; postfix_start_sasl plain
    local response
    response=$(printf 'bob\0alice\0%s' "$ALICE_PASSWORD" | base64)
    capture
    dialogue 25 @read "$EHLO" "AUTH PLAIN $response" QUIT @eof @close
    capture_end
}

# PLAIN without an initial response: an empty 334 first.
scenario_auth-plain-two-steps() {
    client_start; postfix_start_sasl plain
    local response
    response=$(printf '\0alice\0%s' "$ALICE_PASSWORD" | base64)
    capture
    dialogue 25 @read "$EHLO" "AUTH PLAIN" "$response" QUIT @eof @close
    capture_end
}

# LOGIN with the user name as the initial response.
scenario_auth-login-initial-response() {
    client_start; postfix_start_sasl login
    capture
    dialogue 25 @read "$EHLO" "AUTH LOGIN YWxpY2U=" "$(printf %s "$ALICE_PASSWORD" | base64)" \
        QUIT @eof @close
    capture_end
}

# The client takes it back with "*".
scenario_auth-cancelled-postfix() {
    client_start; postfix_start_sasl "plain login cram-md5"
    capture
    dialogue 25 @read "$EHLO" "AUTH LOGIN" "*" "AUTH CRAM-MD5" "*" QUIT @eof @close
    capture_end
}

scenario_auth-cancelled-exim() {
    client_start; AUTH_HOSTS='*' exim_start
    capture
    dialogue 25 @read "$EHLO" "AUTH LOGIN" "*" "AUTH CRAM-MD5" "*" QUIT @eof @close
    capture_end
}

scenario_auth-unsupported-postfix() {
    client_start; postfix_start_sasl "plain login"
    capture
    dialogue 25 @read "$EHLO" "AUTH KERBEROS_V4" QUIT @eof @close
    capture_end
}

scenario_auth-unsupported-exim() {
    client_start; AUTH_HOSTS='*' exim_start
    capture
    dialogue 25 @read "$EHLO" "AUTH KERBEROS_V4" QUIT @eof @close
    capture_end
}

# A server without AUTH.
scenario_auth-not-offered() {
    client_start; postfix_start
    capture
    dialogue 25 @read "$EHLO" "AUTH PLAIN" QUIT @eof @close
    capture_end
}

# Before EHLO: Postfix takes it, Exim does not.
scenario_auth-before-ehlo() {
    client_start; postfix_start_sasl "plain login"
    capture
    dialogue 25 @read "AUTH LOGIN" "YWxpY2U=" "$(printf %s "$ALICE_PASSWORD" | base64)" QUIT \
        @eof @close
    capture_end
}

scenario_auth-before-ehlo-exim() {
    client_start; AUTH_HOSTS='*' exim_start
    capture
    dialogue 25 @read "AUTH LOGIN" QUIT @eof @close
    capture_end
}

# A second AUTH after a successful one, and one inside a transaction.
scenario_auth-twice() {
    client_start; postfix_start_sasl "plain login"
    capture
    dialogue 25 @read "$EHLO" "AUTH LOGIN" "YWxpY2U=" "$(printf %s "$ALICE_PASSWORD" | base64)" \
        "AUTH LOGIN" RSET QUIT @eof @close
    dialogue 25 @read "$EHLO" "$MAIL" "AUTH LOGIN" QUIT @eof @close
    capture_end
}

# smtpd_tls_auth_only: AUTH without TLS is refused, by Postfix 3.7 with 503.
scenario_auth-encryption-required() {
    client_start; TLS=yes postfix_start_sasl "plain login" smtpd_tls_auth_only=yes
    capture
    dialogue 25 @read "$EHLO" "AUTH PLAIN" QUIT @eof @close
    capture_end
}

# Dovecot takes no password in the clear.
scenario_auth-plaintext-disabled() {
    client_start; dovecot_start 'ssl = required' 'disable_plaintext_auth = yes' \
        'ssl_cert = </etc/helo/cert.pem' 'ssl_key = </etc/helo/key.pem'
    local response
    response=$(printf '\0alice\0%s' "$WRONG_PASSWORD" | base64)
    capture
    dialogue 587 @read "$EHLO" "AUTH PLAIN $response" "$MAIL" QUIT @eof @close
    capture_end
    dovecot_log
}

# Submission without AUTH: 530.
scenario_auth-missing() {
    client_start; dovecot_start
    capture
    dialogue 587 @read "$EHLO" "$MAIL" QUIT @eof @close
    capture_end
}

# Answers that read like commands are still answers: "QUIT", "RSET" and "eHlo" are Base64.
scenario_auth-answers-like-commands() {
    client_start; AUTH_HOSTS='*' exim_start
    capture
    dialogue 25 @read "$EHLO" "AUTH LOGIN" QUIT RSET "AUTH LOGIN" eHlo "MAIL" QUIT @eof @close
    capture_end
}

# What is no Base64 at all.
scenario_auth-invalid-base64() {
    client_start; postfix_start_sasl "plain login"
    capture
    dialogue 25 @read "$EHLO" "AUTH PLAIN not-base-64!" "AUTH LOGIN" "{}" NOOP QUIT @eof @close
    capture_end
}

# The client is gone in the middle, once with FIN, once with a reset.
scenario_auth-abandoned() {
    client_start; postfix_start_sasl "plain login"
    capture
    dialogue 25 @read "$EHLO" "AUTH LOGIN" @fin @eof @close
    dialogue 25 @read "$EHLO" "AUTH LOGIN" "YWxpY2U=" @rst
    capture_end
}

# The server gives up waiting in the middle.
scenario_auth-idle() {
    client_start; postfix_start_sasl "plain login" smtpd_timeout=6s
    capture
    dialogue 25 @read "$EHLO" "AUTH LOGIN" "YWxpY2U=" @eof @close
    capture_end
}

# Password check out of order: Postfix 454 (no saslauthd behind it), Exim 435.
scenario_auth-temporary() {
    client_start; postfix_start_sasl "plain login"
    put server /etc/postfix/sasl/smtpd.conf <<<$'pwcheck_method: saslauthd\nmech_list: plain login'
    local response
    response=$(printf '\0alice\0%s' "$ALICE_PASSWORD" | base64)
    capture
    dialogue 25 @read "$EHLO" "AUTH PLAIN $response" QUIT @eof @close
    capture_end
}

scenario_auth-temporary-exim() {
    client_start; AUTH_HOSTS='*' AUTH_CONDITION='${lookup{x}lsearch{/none}}' exim_start
    local response
    response=$(printf '\0alice\0%s' "$ALICE_PASSWORD" | base64)
    capture
    dialogue 25 @read "$EHLO" "AUTH PLAIN $response" QUIT @eof @close
    capture_end
}

# Dovecot stops with a session of a logged-in user open: 421.
scenario_auth-dovecot-stop() {
    client_start; dovecot_start
    local response
    response=$(printf '\0alice\0%s' "$ALICE_PASSWORD" | base64)
    capture
    dialogue 587 @read "$EHLO" "AUTH PLAIN $response" "$MAIL" @eof @close &
    local dialogue=$!
    sleep 1
    in_box server doveadm stop
    wait $dialogue
    capture_end
    dovecot_log
}

# Kerberos: a ticket for alice from a KDC in the server's box, then AUTH GSSAPI by curl.
scenario_auth-gssapi() {
    client_start krb5-user
    POSTFIX_LAYER="postfix-krb5 krb5-kdc krb5-admin-server" postfix_start_sasl gssapi \
        import_environment=KRB5_KTNAME=/etc/postfix/smtp.keytab
    local box
    for box in client server; do
        put $box /etc/krb5.conf <<CONF
[libdefaults]
  default_realm = EXAMPLE.NET
  rdns = false
  dns_lookup_kdc = false
  dns_lookup_realm = false
[realms]
  EXAMPLE.NET = {
    kdc = $SERVER_IP
  }
[domain_realm]
  .example.net = EXAMPLE.NET
CONF
    done
    in_box server sh -euc '
        kdb5_util create -s -P "$1"
        kadmin.local addprinc -pw "$1" alice
        kadmin.local addprinc -randkey smtp/mail.example.net
        kadmin.local ktadd -k /etc/postfix/smtp.keytab smtp/mail.example.net
        chgrp postfix /etc/postfix/smtp.keytab; chmod 640 /etc/postfix/smtp.keytab
        krb5kdc' kdc "$ALICE_PASSWORD" >>"$LOG" 2>&1
    client sh -euc 'printf "%s\n" "$1" | kinit alice' kinit "$ALICE_PASSWORD" >>"$LOG" 2>&1
    capture tcp port 25
    text "with a ticket" | client curl -sv \
        --mail-from alice@example.org --mail-rcpt bob@example.net -T - \
        "smtp://alice%40EXAMPLE.NET;AUTH=GSSAPI@mail.example.net/client.example.org" >>"$LOG" 2>&1 || true
    capture_end
    postfix_log
}
