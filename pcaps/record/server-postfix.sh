# Postfix, from Debian's package, with recipients alice and bob at example.net.

postfix_start() {          # postfix_start [main.cf setting]...
    local extra packages=(postfix sasl2-bin libsasl2-modules libsasl2-modules-gssapi-mit iproute2 openssl)
    read -ra extra <<<"${POSTFIX_LAYER:-postfix}"         # another layer: its name, more packages
    layer "${extra[0]}" "${packages[@]}" "${extra[@]:1}"
    box server "${extra[0]}" mail.example.net
    wire client server
    put server /etc/postfix/local <<'USERS'
alice x
bob x
USERS
    in_box server sh -euc '
        cp /usr/share/postfix/master.cf.dist /etc/postfix/master.cf
        : >/etc/postfix/main.cf
        postconf -F "*/*/chroot = n"
        postmap /etc/postfix/local
        touch /etc/aliases; newaliases' >>"$LOG" 2>&1
    in_box server postconf -e \
        compatibility_level=3.6 \
        maillog_file=/var/log/postfix.log \
        myhostname=mail.example.net \
        mydestination=example.net \
        mynetworks=127.0.0.0/8 \
        inet_interfaces=all \
        local_transport=discard: default_transport=discard: \
        local_recipient_maps=hash:/etc/postfix/local \
        alias_maps= \
        smtpd_relay_restrictions=reject_unauth_destination \
        "$@"
    in_box server postfix start >>"$LOG" 2>&1
    wait_for Postfix listening server 25
}

postfix_log() { in_box server cat /var/log/postfix.log >>"$LOG"; }

# With STARTTLS on 25, submission on 587 and implicit TLS on 465.
postfix_start_tls() {
    postfix_start smtpd_tls_security_level=may smtpd_tls_cert_file=/etc/helo/cert.pem \
        smtpd_tls_key_file=/etc/helo/key.pem "$@"
    certificate
    in_box server sh -euc '
        postconf -M "submission/inet=submission inet n - n - - smtpd -o syslog_name=submission"
        postconf -M "smtps/inet=smtps inet n - n - - smtpd -o smtpd_tls_wrappermode=yes"
        postfix reload' >>"$LOG" 2>&1
    wait_for Postfix listening server 465
}

# With Cyrus SASL over sasldb: [TLS=yes] postfix_start_sasl "mech list" [setting]...
postfix_start_sasl() {
    local mechanisms=$1; shift
    "postfix_start${TLS:+_tls}" smtpd_sasl_auth_enable=yes smtpd_sasl_path=smtpd \
        smtpd_sasl_security_options= smtpd_sasl_local_domain=example.net \
        smtpd_recipient_restrictions=permit_sasl_authenticated,reject_unauth_destination "$@"
    put server /etc/postfix/sasl/smtpd.conf <<SASL
pwcheck_method: auxprop
auxprop_plugin: sasldb
mech_list: $mechanisms
SASL
    in_box server sh -euc '
        printf %s "$1" | saslpasswd2 -p -c -u example.net alice
        printf %s "$2" | saslpasswd2 -p -c -u example.net bob
        chgrp postfix /etc/sasldb2; chmod 640 /etc/sasldb2' sasl "$ALICE_PASSWORD" "$BOB_PASSWORD"
}

# With Dovecot's authentication service: postfix_start_dovecot "mechanisms" [setting]...
postfix_start_dovecot() {
    local mechanisms=$1; shift
    POSTFIX_LAYER="postfix-dovecot dovecot-core" postfix_start smtpd_sasl_auth_enable=yes \
        smtpd_sasl_type=dovecot smtpd_sasl_path=private/auth smtpd_sasl_security_options= \
        smtpd_recipient_restrictions=permit_sasl_authenticated,reject_unauth_destination "$@"
    dovecot_users
    put server /etc/dovecot/dovecot.conf <<CONF
protocols =
log_path = /var/log/dovecot.log
ssl = no
disable_plaintext_auth = no
auth_mechanisms = $mechanisms
auth_realms = example.net
auth_username_format = %Ln
auth_failure_delay = 0
$(dovecot_passdbs)
userdb {
  driver = static
  args = uid=mail gid=mail home=/srv/mail/%u
}
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service auth {
  unix_listener /var/spool/postfix/private/auth {
    mode = 0660
    user = postfix
    group = postfix
  }
}
CONF
    in_box server dovecot >>"$LOG" 2>&1
    wait_for "Dovecot's socket" in_box server test -S /var/spool/postfix/private/auth
}
