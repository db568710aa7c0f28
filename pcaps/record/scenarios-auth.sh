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

# msmtp_auth MECHANISM PASSWORD [port]: a message from standard input; the password is what
# msmtp sends as token for XOAUTH2 and OAUTHBEARER, too.
msmtp_auth() {
    put client /tmp/msmtprc <<RC
account default
host mail.example.net
source_ip $CLIENT_IP
port ${3:-25}
domain client.example.org
from alice@example.org
auth $1
user alice
password $2
RC
    client chmod 600 /tmp/msmtprc
    text "by msmtp" | client msmtp -C /tmp/msmtprc --debug bob@example.net >>"$LOG" 2>&1 || true
}

# curl_auth MECHANISM PASSWORD [port]
curl_auth() {
    text "by curl" | client curl -sv --user "alice:$2" --login-options "AUTH=$1" \
        --mail-from alice@example.org --mail-rcpt bob@example.net -T - \
        "smtp://$SERVER_IP:${3:-25}/client.example.org" >>"$LOG" 2>&1 || true
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

# kerberos_start: a KDC in the server's box, its keytab where every server finds it, and a ticket for
# alice in the client's. kerberos_new_key: the service gets a key that its keytab does not have.
kerberos_start() {
    local box
    for box in client server; do
        put $box /etc/krb5.conf <<CONF
[libdefaults]
  default_realm = EXAMPLE.NET
  default_keytab_name = FILE:/etc/smtp.keytab
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
        kadmin.local ktadd -k /etc/smtp.keytab smtp/mail.example.net
        chmod 644 /etc/smtp.keytab
        krb5kdc' kdc "$ALICE_PASSWORD" >>"$LOG" 2>&1
    kerberos_ticket
}
kerberos_ticket() {
    client sh -euc 'printf "%s\n" "$1" | kinit alice' kinit "$ALICE_PASSWORD" >>"$LOG" 2>&1
}
kerberos_new_key() {
    in_box server kadmin.local cpw -randkey smtp/mail.example.net >>"$LOG" 2>&1
    kerberos_ticket
}
KERBEROS_CLIENT="krb5-user"
KERBEROS_SERVER="krb5-kdc krb5-admin-server"

# Kerberos: a ticket for alice, then AUTH GSSAPI by curl.
scenario_auth-gssapi() {
    client_start $KERBEROS_CLIENT
    POSTFIX_LAYER="postfix-krb5 $KERBEROS_SERVER" postfix_start_sasl gssapi
    kerberos_start
    capture tcp port 25
    curl_gssapi
    capture_end
    postfix_log
}
curl_gssapi() {
    text "with a ticket" | client curl -sv \
        --mail-from alice@example.org --mail-rcpt bob@example.net -T - \
        "smtp://alice%40EXAMPLE.NET;AUTH=GSSAPI@mail.example.net/client.example.org" >>"$LOG" 2>&1 || true
}

# The service's key is not in the keytab: the ticket is of no use.
scenario_auth-gssapi-refused() {
    client_start $KERBEROS_CLIENT
    POSTFIX_LAYER="postfix-krb5 $KERBEROS_SERVER" postfix_start_sasl gssapi
    kerberos_start; kerberos_new_key
    capture tcp port 25
    curl_gssapi
    msmtp_auth gssapi ""
    capture_end
    postfix_log
}

# Exim takes GSSAPI from Cyrus SASL: gsasl with a good ticket, then with a useless one.
scenario_auth-gssapi-exim() {
    client_start $KERBEROS_CLIENT
    AUTH_HOSTS='*' EXIM_LAYER="exim-krb5 libsasl2-modules-gssapi-mit $KERBEROS_SERVER" \
        EXIM_AUTHENTICATORS="gssapi:
  driver = cyrus_sasl
  public_name = GSSAPI
  server_mech = GSSAPI
  server_hostname = mail.example.net
  server_realm = EXAMPLE.NET
  server_set_id = \$auth1" exim_start
    kerberos_start
    capture tcp port 25
    gsasl_auth GSSAPI ""
    msmtp_auth gssapi ""
    kerberos_new_key
    gsasl_auth GSSAPI ""
    capture_end
    exim_log
}

# Dovecot's submission service: a good ticket by msmtp and gsasl, then a useless one.
scenario_auth-gssapi-dovecot() {
    client_start $KERBEROS_CLIENT
    DOVECOT_LAYER="dovecot-krb5 $KERBEROS_SERVER" dovecot_start 'auth_mechanisms = gssapi' \
        'auth_krb5_keytab = /etc/smtp.keytab' 'auth_gssapi_hostname = "$ALL"'
    kerberos_start
    capture tcp port 587
    msmtp_auth gssapi "" 587
    gsasl_auth GSSAPI "" 587
    kerberos_new_key
    gsasl_auth GSSAPI "" 587
    capture_end
    dovecot_log
}

# SPNEGO around Kerberos, by Cyrus SASL on both sides: a good ticket, then a useless one.
scenario_auth-spnego() {
    client_start cyrus-clients libsasl2-modules-gssapi-mit krb5-user
    POSTFIX_LAYER="postfix-krb5 $KERBEROS_SERVER" postfix_start_sasl gss-spnego
    kerberos_start
    capture tcp port 25
    smtptest_auth GSS-SPNEGO "" mail.example.net
    kerberos_new_key
    smtptest_auth GSS-SPNEGO "" mail.example.net
    capture_end
    postfix_log
}

# smtptest_auth MECHANISM PASSWORD [host]: Cyrus' test client, which has every mechanism that
# Cyrus SASL has.
smtptest_auth() {
    client timeout 20 /usr/lib/cyrus/bin/smtptest -m "$1" -a alice -u alice -w "$2" \
        "${3:-$SERVER_IP}" </dev/null >>"$LOG" 2>&1 || true
}

# SCRAM with the longest hash that servers have.
scenario_auth-scram-sha-512() {
    client_start cyrus-clients libsasl2-modules-gssapi-mit krb5-user
    postfix_start_sasl scram-sha-512
    capture
    smtptest_auth SCRAM-SHA-512 "$ALICE_PASSWORD"
    smtptest_auth SCRAM-SHA-512 "$WRONG_PASSWORD"
    capture_end
}

# NTLM by Exim's own driver, SPA; by swaks, msmtp and curl.
scenario_auth-ntlm-exim() {
    client_start
    AUTH_HOSTS='*' EXIM_AUTHENTICATORS="ntlm:
  driver = spa
  public_name = NTLM
  server_password = \${if eq{\$auth1}{alice}{$ALICE_PASSWORD}fail}
  server_set_id = \$auth1" exim_start
    capture
    auth_pair NTLM
    msmtp_auth ntlm "$ALICE_PASSWORD"
    curl_auth NTLM "$ALICE_PASSWORD"
    curl_auth NTLM "$WRONG_PASSWORD"
    capture_end
    exim_log
}

# Exim is the client, too: its driver SPA with a domain.
scenario_auth-ntlm-exim-client() {
    client_start exim4-daemon-heavy
    AUTH_HOSTS='*' EXIM_AUTHENTICATORS="ntlm:
  driver = spa
  public_name = NTLM
  server_password = \${if eq{\$auth1}{alice}{$ALICE_PASSWORD}fail}
  server_set_id = \$auth1" exim_start
    EXIM_AUTHENTICATORS="ntlm:
  driver = spa
  public_name = NTLM
  client_username = alice
  client_password = $ALICE_PASSWORD
  client_domain = EXAMPLE" exim_client_start 'client=hosts_require_auth = *'
    capture
    text "by Exim" | client exim4 -odi -f alice@example.org bob@example.net
    capture_end
    exim_log
}

# Postfix behind Dovecot's authentication service: each mechanism with the right password and a
# wrong one, by whichever client has it.
scenario_auth-postfix-dovecot() {
    client_start; postfix_start_dovecot "plain login cram-md5 digest-md5 scram-sha-1 scram-sha-256"
    local password
    capture
    for password in "$ALICE_PASSWORD" "$WRONG_PASSWORD"; do
        msmtp_auth plain "$password"
        curl_auth LOGIN "$password"
        send_with_swaks --auth CRAM-MD5 --auth-user alice --auth-password "$password"
        send_with_swaks --auth DIGEST-MD5 --auth-extra realm=example.net --auth-user alice \
            --auth-password "$password"
        gsasl_auth SCRAM-SHA-1 "$password"
        msmtp_auth scram-sha-256 "$password"
    done
    capture_end
    postfix_log
}

# The same with tokens, by msmtp.
scenario_auth-oauth-postfix-dovecot() {
    client_start; postfix_start_dovecot "xoauth2 oauthbearer"
    local token
    capture
    for token in "$OAUTH_TOKEN" "$OAUTH_WRONG_TOKEN"; do
        msmtp_auth oauthbearer "$token"
        msmtp_auth xoauth2 "$token"
    done
    capture_end
    postfix_log
}

# Dovecot's submission service: the mechanisms with a password that no other capture has of it.
scenario_auth-dovecot() {
    client_start; dovecot_start 'auth_realms = example.net'
    local password
    capture
    for password in "$ALICE_PASSWORD" "$WRONG_PASSWORD"; do
        send_with_swaks --port 587 --auth PLAIN --auth-user alice --auth-password "$password"
        msmtp_auth login "$password" 587
        curl_auth CRAM-MD5 "$password" 587
        gsasl_auth DIGEST-MD5 "$password" 587
    done
    capture_end
    dovecot_log
}

# What clients differ in, at Postfix with Cyrus SASL: msmtp, curl and gsasl with each mechanism.
scenario_auth-msmtp() {
    client_start; postfix_start_sasl "plain login cram-md5 digest-md5 scram-sha-1 scram-sha-256 ntlm"
    local mechanism
    capture
    for mechanism in plain login cram-md5 digest-md5 scram-sha-1 scram-sha-256 ntlm; do
        msmtp_auth $mechanism "$ALICE_PASSWORD"
    done
    msmtp_auth login "$WRONG_PASSWORD"
    capture_end
}
scenario_auth-curl() {
    client_start; postfix_start_sasl "plain login cram-md5 digest-md5 ntlm"
    local mechanism
    capture
    for mechanism in PLAIN LOGIN CRAM-MD5 DIGEST-MD5 NTLM; do curl_auth $mechanism "$ALICE_PASSWORD"; done
    curl_auth LOGIN "$WRONG_PASSWORD"
    capture_end
}
scenario_auth-gsasl() {
    client_start; postfix_start_sasl "plain login cram-md5 digest-md5 anonymous"
    local mechanism
    capture
    for mechanism in PLAIN LOGIN CRAM-MD5 DIGEST-MD5 ANONYMOUS; do
        gsasl_auth $mechanism "$ALICE_PASSWORD"
    done
    gsasl_auth DIGEST-MD5 "$WRONG_PASSWORD"
    capture_end
}

# Dovecot has no ANONYMOUS unless it is told which user that is.
scenario_auth-anonymous-dovecot() {
    client_start; dovecot_start
    capture
    dialogue 587 @read "$EHLO" "AUTH ANONYMOUS dHJhY2U=" QUIT @eof @close
    capture_end
    dovecot_log
}

# EXTERNAL by Exim's driver, which looks at the name alone here: with a name at once, after an empty
# challenge, and a name that it does not know.
scenario_auth-external-exim() {
    client_start
    AUTH_HOSTS='*' EXIM_AUTHENTICATORS="external:
  driver = external
  public_name = EXTERNAL
  server_param2 = alice
  server_condition = \${if eq{\$auth1}{\$auth2}}
  server_set_id = \$auth1" exim_start
    capture
    dialogue 25 @read "$EHLO" "AUTH EXTERNAL YWxpY2U=" QUIT @eof @close
    dialogue 25 @read "$EHLO" "AUTH EXTERNAL" "YWxpY2U=" QUIT @eof @close
    dialogue 25 @read "$EHLO" "AUTH EXTERNAL bWFsbG9yeQ==" QUIT @eof @close
    capture_end
    exim_log
}

# A mechanism that nobody has heard of, with one prompt: the right ticket and a wrong one.
scenario_auth-other-exim() {
    client_start
    AUTH_HOSTS='*' EXIM_AUTHENTICATORS="ticket:
  driver = plaintext
  public_name = X-TICKET
  server_prompts = Show your ticket::
  server_condition = \${if eq{\$auth1}{$ALICE_PASSWORD}}
  server_set_id = somebody" exim_start
    capture
    dialogue 25 @read "$EHLO" "AUTH X-TICKET" "$(printf %s "$ALICE_PASSWORD" | base64)" \
        QUIT @eof @close
    dialogue 25 @read "$EHLO" "AUTH X-TICKET $(printf %s "$WRONG_PASSWORD" | base64)" \
        QUIT @eof @close
    capture_end
    exim_log
}

# LOGIN that asks for the password first, and LOGIN that asks in German.
scenario_auth-login-reversed-exim() {
    LOGIN_PROMPTS="Password:: : Username::" LOGIN_REVERSED=yes login_dialogue \
        "$(printf %s "$ALICE_PASSWORD" | base64)" "$(printf alice | base64)"
}
scenario_auth-login-german-exim() {
    LOGIN_PROMPTS="Benutzername:: : Kennwort::" login_dialogue \
        "$(printf alice | base64)" "$(printf %s "$ALICE_PASSWORD" | base64)"
}
login_dialogue() {
    client_start; AUTH_HOSTS='*' exim_start
    capture
    dialogue 25 @read "$EHLO" "AUTH LOGIN" "$@" QUIT @eof @close
    capture_end
    exim_log
}

# What an ACL can answer: 534 to PLAIN, 432 to LOGIN, 538 to CRAM-MD5.
scenario_auth-refused-exim() {
    client_start
    AUTH_HOSTS='*' exim_start 'auth_acl=deny condition = ${if match{$smtp_command_argument}{\N^PLAIN\N}}
          message = 534 5.7.9 This mechanism is too weak
  defer condition = ${if match{$smtp_command_argument}{\N^LOGIN\N}}
          message = 432 4.7.12 A password transition is needed
  deny condition = ${if match{$smtp_command_argument}{\N^CRAM\N}}
          message = 538 5.7.11 Encryption required for this mechanism'
    local response
    response=$(printf '\0alice\0%s' "$ALICE_PASSWORD" | base64)
    capture
    dialogue 25 @read "$EHLO" "AUTH PLAIN $response" "AUTH LOGIN" "AUTH CRAM-MD5" QUIT @eof @close
    capture_end
    exim_log
}

# AUTH without a mechanism, and with what is no Base64.
scenario_auth-syntax-postfix() {
    client_start; postfix_start_sasl "plain login"
    auth_syntax 25
}
scenario_auth-syntax-exim() {
    client_start; AUTH_HOSTS='*' exim_start
    auth_syntax 25
}
scenario_auth-syntax-dovecot() {
    client_start; dovecot_start
    auth_syntax 587
}
auth_syntax() {
    capture
    dialogue "$1" @read "$EHLO" AUTH "AUTH PLAIN not-base-64!" "AUTH LOGIN" "{}" "AUTH PLAIN YQ" \
        QUIT @eof @close
    capture_end
}

# Cancelled, unsupported, before EHLO, twice: Dovecot.
scenario_auth-order-dovecot() {
    client_start; dovecot_start
    capture
    dialogue 587 @read "AUTH LOGIN" "*" "$EHLO" "AUTH LOGIN" "*" "AUTH CRAM-MD5" "*" \
        "AUTH KERBEROS_V4" "$(submission_login)" "$(submission_login)" QUIT @eof @close
    capture_end
    dovecot_log
}

# A second AUTH after a successful one, and one inside a transaction: Exim.
scenario_auth-twice-exim() {
    client_start; AUTH_HOSTS='*' exim_start
    capture
    dialogue 25 @read "$EHLO" "$(submission_login)" "AUTH LOGIN" QUIT @eof @close
    dialogue 25 @read "$EHLO" "$MAIL" "AUTH LOGIN" QUIT @eof @close
    capture_end
}

# Where TLS is demanded first: Exim offers no AUTH and answers 503.
scenario_auth-encryption-required-exim() {
    client_start; AUTH_HOSTS='${if def:tls_in_cipher{*}}' exim_start_tls
    capture
    dialogue 25 @read "$EHLO" "AUTH PLAIN" QUIT @eof @close
    capture_end
}

# GSSAPI is offered, but there is no key to go with it: Dovecot answers 454.
scenario_auth-temporary-dovecot() {
    client_start; dovecot_start 'auth_mechanisms = gssapi'
    capture
    dialogue 587 @read "$EHLO" "AUTH GSSAPI" QUIT @eof @close
    capture_end
    dovecot_log
}

# Idle at a prompt of Dovecot.
scenario_auth-idle-dovecot() {
    client_start; dovecot_start
    capture
    dialogue 587 @read "$EHLO" "AUTH LOGIN" @eof @close
    capture_end
    dovecot_log
}

# SCRAM bound to TLS, seen from inside it: GNU SASL at both ends (sasl.py). The right password with
# each hash, a wrong one, and two ends that are not of one TLS connection, as somebody in the middle
# makes them.
scenario_made-auth-scram-plus() {
    local binding other
    binding=$(printf 'thirty-two octets of an exporter' | base64)
    other=$(printf 'of another connection in between' | base64)
    client_start
    box server client mail.example.net
    wire client server
    in_box server python3 - server 25 alice "$ALICE_PASSWORD" "$binding" <"$HERE/sasl.py" \
        >>"$LOG" 2>&1 &
    wait_for "the server" listening server 25
    capture
    sasl_client SCRAM-SHA-1-PLUS "$ALICE_PASSWORD" "$binding"
    sasl_client SCRAM-SHA-256-PLUS "$ALICE_PASSWORD" "$binding"
    sasl_client SCRAM-SHA-256-PLUS "$WRONG_PASSWORD" "$binding"
    sasl_client SCRAM-SHA-256-PLUS "$ALICE_PASSWORD" "$other"
    capture_end
}
sasl_client() {
    client python3 - client "$SERVER_IP" 25 "$1" alice "$2" "$3" <"$HERE/sasl.py" >>"$LOG" 2>&1
}
