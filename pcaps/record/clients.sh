# The box that the clients, and tcpdump, run in.

CLIENT_PACKAGES="tcpdump ethtool iputils-ping iproute2 swaks libnet-ssleay-perl
    libio-socket-inet6-perl libauthen-sasl-perl libauthen-ntlm-perl libdigest-hmac-perl
    msmtp gsasl curl openssl python3"

# client_start [PACKAGE]...: with other packages for the clients in them; the first names the layer.
client_start() {
    # shellcheck disable=SC2086
    layer "client${1:+-$1}" $CLIENT_PACKAGES "$@"
    box client "client${1:+-$1}" client.example.org
}

client() { in_box client "$@"; }

# send_with_swaks ARGUMENTS...
send_with_swaks() {
    # swaks exits with the code of the SMTP error that a scenario provokes
    client swaks --server "$SERVER_IP" --helo client.example.org \
        --from alice@example.org --to bob@example.net "$@" >>"$LOG" 2>&1 || true
}

# send_by_each: a message each by msmtp, curl and smtplib.
send_by_each() {
    text "by msmtp" | client msmtp --host "$SERVER_IP" --domain client.example.org \
        --from alice@example.org bob@example.net >>"$LOG" 2>&1
    text "by curl" | client curl -sv --mail-from alice@example.org --mail-rcpt bob@example.net \
        -T - "smtp://$SERVER_IP/client.example.org" >>"$LOG" 2>&1
    client python3 - "$SERVER_IP" >>"$LOG" 2>&1 <<'PY'
import smtplib
import sys

with smtplib.SMTP(sys.argv[1], local_hostname="client.example.org") as smtp:
    smtp.sendmail("alice@example.org", ["bob@example.net"], "Subject: by smtplib\n\nText.\n")
PY
}

# What most scripted dialogues say.
EHLO='EHLO client.example.org'
MAIL='MAIL FROM:<alice@example.org>'
RCPT='RCPT TO:<bob@example.net>'
TEXT='@send Subject: test\r\n\r\nA line of text.\r\n.\r\n'

# dialogue PORT STEP...: a scripted raw client, see dialogue.py; IN: a command that it runs under.
dialogue() {
    # shellcheck disable=SC2086
    client ${IN:-} env SOURCE_IP="${SOURCE_IP:-}" SOURCE_PORT="${SOURCE_PORT:-}" \
        python3 - "$SERVER_IP" "$@" <"$HERE/dialogue.py" >>"$LOG" 2>&1
}

# client_resets PORT HELLO [auth] [bdat] [tls]: a session for each state that a client can reset the
# connection in, one after the other; the words say which states this server has.
client_resets() {
    local port=$1 hello=$2; shift 2
    local header='@send Subject: cut off\r\n\r\nThis text'
    dialogue "$port" @read @rst
    dialogue "$port" @read "$hello" @rst
    dialogue "$port" @read "$hello" "$MAIL" @rst
    dialogue "$port" @read "$hello" "$MAIL" "$RCPT" @rst
    dialogue "$port" @read "$hello" "$MAIL" "$RCPT" RSET @rst
    dialogue "$port" @read "$hello" "$MAIL" "$RCPT" DATA @rst
    dialogue "$port" @read "$hello" "$MAIL" "$RCPT" DATA "$header" "@sleep 0.3" @rst
    dialogue "$port" @read "$hello" "$MAIL" "$RCPT" DATA "$TEXT" @read @rst
    while [ $# -gt 0 ]; do
        case $1 in
        auth) dialogue "$port" @read "$hello" "AUTH LOGIN" @rst ;;
        bdat) dialogue "$port" @read "$hello" "$MAIL" "$RCPT" "@send BDAT 100\r\n${header#@send }" \
            "@sleep 0.3" @rst ;;
        tls)
            dialogue "$port" @read "$hello" STARTTLS @rst
            dialogue "$port" @read "$hello" @starttls "$hello" @rst
            ;;
        esac
        shift
    done
}

# rst_behind_dot PORT HELLO [STEP]...: the client resets the connection straight behind the final
# dot: nobody knows whether the message was taken. The steps log in.
rst_behind_dot() {
    local port=$1 hello=$2; shift 2
    dialogue "$port" @read "$hello" "$@" "$MAIL" "$RCPT" DATA \
        '@send Subject: in doubt\r\n\r\nText.\r\n' "@sleep 0.3" '@rst .\r\n'
}

# open_sessions PORT HELLO: three sessions that wait for the server to end them: after HELLO, after
# MAIL, inside DATA. Then, after the server was told to, ended_sessions waits for them.
open_sessions() {
    dialogue "$1" @read "$2" @eof @close &
    SESSIONS=($!)
    dialogue "$1" @read "$2" "$MAIL" @eof @close &
    SESSIONS+=($!)
    dialogue "$1" @read "$2" "$MAIL" "$RCPT" DATA "@send Subject: still open\r\n\r\nText.\r\n" \
        @eof @close &
    SESSIONS+=($!)
    sleep 1.5
}
ended_sessions() { wait "${SESSIONS[@]}"; }

# text SUBJECT [LINES]: a short message.
text() {
    printf 'From: Alice <alice@example.org>\nTo: Bob <bob@example.net>\n'
    printf 'Date: Mon, 02 Jun 2025 10:00:00 +0000\nMessage-ID: <%s@client.example.org>\n' "${1// /-}"
    printf 'Subject: %s\n\n' "$1"
    local i
    for ((i = 0; i < ${2:-3}; i++)); do
        printf 'Line %d: the quick brown fox jumps over the lazy dog.\n' "$i"
    done
    printf '.a line that begins with a dot\n'
}

# Postfix's own SMTP client, in the client's box (client_start postfix).
postfix_client_start() {
    client sh -euc '
        cp /usr/share/postfix/master.cf.dist /etc/postfix/master.cf
        : >/etc/postfix/main.cf
        postconf -F "*/*/chroot = n"
        touch /etc/aliases; newaliases'
    client postconf -e compatibility_level=3.6 maillog_file=/var/log/postfix.log \
        myhostname=client.example.org myorigin=example.org mydestination= \
        inet_interfaces=loopback-only "relayhost=[$SERVER_IP]" smtp_tls_security_level=none "$@"
    client postfix start >>"$LOG" 2>&1
}

# Exim's own SMTP client, in the client's box (client_start exim4-daemon-heavy).
exim_client_start() {
    EXIM_DOMAINS="" exim_configuration "$@" | put client /etc/exim4/exim4.conf
}
