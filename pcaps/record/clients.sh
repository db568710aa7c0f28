# The box that the clients, and tcpdump, run in.

CLIENT_PACKAGES="tcpdump ethtool iputils-ping iproute2 swaks libnet-ssleay-perl
    libio-socket-inet6-perl libauthen-sasl-perl libauthen-ntlm-perl libdigest-hmac-perl
    msmtp gsasl curl openssl python3"

# client_start [PACKAGE]: with a mail server's package for the client that is in it.
client_start() {
    # shellcheck disable=SC2086
    layer "client${1:+-$1}" $CLIENT_PACKAGES ${1:-}
    box client "client${1:+-$1}" client.example.org
}

client() { in_box client "$@"; }

# send_with_swaks ARGUMENTS...
send_with_swaks() {
    # swaks exits with the code of the SMTP error that a scenario provokes
    client swaks --server "$SERVER_IP" --helo client.example.org \
        --from alice@example.org --to bob@example.net "$@" >>"$LOG" 2>&1 || true
}

# What most scripted dialogues say.
EHLO='EHLO client.example.org'
MAIL='MAIL FROM:<alice@example.org>'
RCPT='RCPT TO:<bob@example.net>'
TEXT='@send Subject: test\r\n\r\nA line of text.\r\n.\r\n'

# dialogue PORT STEP...: a scripted raw client, see dialogue.py.
dialogue() {
    client env SOURCE_IP="${SOURCE_IP:-}" python3 - "$SERVER_IP" "$@" <"$HERE/dialogue.py" \
        >>"$LOG" 2>&1
}

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
