# Dovecot, from Debian's packages: LMTP on 24, submission on 587, users alice and bob. Another layer,
# in DOVECOT_LAYER: its name, more packages.

# Who may log in, by which password or token.
dovecot_users() {
    put server /etc/dovecot/users <<USERS
alice:{PLAIN}$ALICE_PASSWORD::::::
bob:{PLAIN}$BOB_PASSWORD::::::userdb_quota_rule=*:bytes=300
USERS
    put server /etc/dovecot/oauth2.conf <<'CONF'
introspection_mode = local
local_validation_key_dict = fs:posix:prefix=/etc/dovecot/keys/
username_attribute = sub
CONF
    printf %s "$OAUTH_KEY" | base64 | put server /etc/dovecot/keys/default/HS256/default
}
dovecot_passdbs() {
    cat <<'CONF'
passdb {
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = /etc/dovecot/oauth2.conf
}
passdb {
  driver = passwd-file
  args = /etc/dovecot/users
}
CONF
}

dovecot_start() {          # dovecot_start [setting]...
    local extra
    read -ra extra <<<"${DOVECOT_LAYER:-dovecot}"
    layer "${extra[0]}" dovecot-core dovecot-gssapi dovecot-lmtpd dovecot-submissiond iproute2 \
        openssl python3 "${extra[@]:1}"
    box server "${extra[0]}" mail.example.net
    wire client server
    certificate
    dovecot_users
    put server /etc/dovecot/dovecot.conf <<CONF
protocols = lmtp submission
hostname = mail.example.net
login_greeting = ready
log_path = /var/log/dovecot.log
auth_debug = yes
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain login cram-md5 digest-md5 scram-sha-1 scram-sha-256 anonymous external xoauth2 oauthbearer
auth_failure_delay = 0
mail_location = maildir:/srv/mail/%u
mail_plugins = quota
plugin {
  quota = count:User quota
  quota_vsizes = yes
  quota_rule = *:bytes=1M
}
lmtp_save_to_detail_mailbox = no
recipient_delimiter = +
auth_username_format = %Ln
$(dovecot_passdbs)
userdb {
  driver = passwd-file
  args = /etc/dovecot/users
  default_fields = uid=mail gid=mail home=/srv/mail/%u
}
first_valid_uid = 1
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0                     # failures of one address do not slow down the next AUTH
  }
}
service lmtp {
  inet_listener lmtp {
    port = 24
  }
}
service submission-login {
  inet_listener submission {
    port = 587
  }
}
submission_relay_host = 127.0.0.1
submission_relay_port = 2525
$(printf '%s\n' "$@")
CONF
    in_box server sh -c 'mkdir -p /srv/mail && chown mail:mail /srv/mail'
    # what submission relays to: Python's sink
    in_box server python3 -W ignore -m smtpd -n -c DebuggingServer 127.0.0.1:2525 >>"$LOG" 2>&1 &
    in_box server dovecot >>"$LOG" 2>&1
    wait_for Dovecot listening server 24
    wait_for "the relay" listening server 2525
}

dovecot_log() { in_box server cat /var/log/dovecot.log >>"$LOG"; }

# Every process at once, none of which has the time to see the others die.
dovecot_kill() {
    in_box server pkill -STOP -f dovecot
    in_box server pkill -KILL -f dovecot
}
