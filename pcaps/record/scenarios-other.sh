# What is not SMTP: servers of other protocols, each on its own port and then on port 25; and SMTP
# inside proxies.

OTHER_PACKAGES="nginx-light vsftpd dovecot-core dovecot-pop3d dovecot-imapd openssh-server
    redis-server postgresql microsocks tinyproxy-bin dante-server iproute2 openssl"

# other_start: the box of the servers; each scenario starts its own in it.
other_start() {
    client_start ncat openssh-client redis-tools postgresql-client
    # shellcheck disable=SC2086
    layer other $OTHER_PACKAGES
    box server other mail.example.net
    wire client server
    in_box server sysctl -qw net.ipv4.ip_unprivileged_port_start=0
}

# server_on PORT COMMAND...: in the background, until it listens.
server_on() {
    local port=$1; shift
    in_box server "$@" >>"$LOG" 2>&1 &
    wait_for "port $port" listening server "$port"
}

scenario_other-http() {
    other_start
    put server /etc/nginx/sites-enabled/default <<'CONF'
server { listen 80; listen 25; root /var/www/html; }
CONF
    server_on 25 nginx -g 'daemon off;'
    capture
    client curl -s "http://$SERVER_IP/" "http://$SERVER_IP/none" >>"$LOG" 2>&1
    client curl -s -d 'a form=1' "http://$SERVER_IP:25/" >>"$LOG" 2>&1
    capture_end
}

scenario_other-ftp() {
    local port
    other_start
    in_box server useradd -m alice
    in_box server chpasswd <<<"alice:$ALICE_PASSWORD"
    for port in 21 25; do
        put server "/etc/vsftpd-$port.conf" <<CONF
listen=YES
listen_port=$port
background=NO
anonymous_enable=NO
local_enable=YES
seccomp_sandbox=NO
secure_chroot_dir=/var/run/vsftpd/empty
CONF
        in_box server mkdir -p /var/run/vsftpd/empty
        server_on "$port" vsftpd "/etc/vsftpd-$port.conf"
    done
    capture
    client curl -s --user "alice:$ALICE_PASSWORD" "ftp://$SERVER_IP/" >>"$LOG" 2>&1 || true
    client curl -s --user "alice:$ALICE_PASSWORD" "ftp://$SERVER_IP:25/" >>"$LOG" 2>&1 || true
    capture_end
}

# mailbox PROTOCOL PORT: Dovecot, on its own port and on 25.
mailbox() {
    local protocol=$1 port=$2
    other_start
    put server /etc/dovecot/dovecot.conf <<CONF
protocols = $protocol
ssl = no
disable_plaintext_auth = no
log_path = /dev/stderr
mail_location = maildir:/tmp/mail-%u
passdb {
  driver = static
  args = password=$ALICE_PASSWORD
}
userdb {
  driver = static
  args = uid=mail gid=mail home=/tmp
}
service $protocol-login {
  inet_listener $protocol {
    port = $port
  }
  inet_listener also {
    port = 25
  }
}
CONF
    server_on 25 dovecot -F
    capture
    client curl -s --user "alice:$ALICE_PASSWORD" "$protocol://$SERVER_IP/" >>"$LOG" 2>&1 || true
    client python3 - "$SERVER_IP" >>"$LOG" 2>&1 <<PYTHON || true
import imaplib, poplib, sys
if "$protocol" == "imap":
    box = imaplib.IMAP4(sys.argv[1], 25)
    box.login("alice", "$ALICE_PASSWORD")
    box.select()
    box.logout()
else:
    box = poplib.POP3(sys.argv[1], 25)
    box.user("alice")
    box.pass_("$ALICE_PASSWORD")
    print(box.stat())
    box.quit()
PYTHON
    capture_end
}
scenario_other-pop3() { mailbox pop3 110; }
scenario_other-imap() { mailbox imap 143; }

scenario_other-ssh() {
    local port
    other_start
    in_box server sh -c 'mkdir -p /run/sshd; ssh-keygen -A' >>"$LOG" 2>&1
    server_on 25 /usr/sbin/sshd -D -p 22 -p 25
    capture
    for port in 22 25; do
        client ssh -p "$port" -o BatchMode=yes -o StrictHostKeyChecking=no \
            -o UserKnownHostsFile=/dev/null "alice@$SERVER_IP" true >>"$LOG" 2>&1 || true
    done
    capture_end
}

scenario_other-redis() {
    local port
    other_start
    for port in 6379 25; do
        server_on "$port" redis-server --port "$port" --bind "$SERVER_IP" --protected-mode no --save ''
    done
    capture
    for port in 6379 25; do
        client redis-cli -h "$SERVER_IP" -p "$port" set greeting hello >>"$LOG" 2>&1
        client redis-cli -h "$SERVER_IP" -p "$port" get greeting >>"$LOG" 2>&1
    done
    capture_end
}

scenario_other-postgresql() {
    local port
    other_start
    for port in 5432 25; do
        in_box server sh -euc '
            d=/tmp/pg-$1; bin=$(echo /usr/lib/postgresql/*/bin)
            runuser -u postgres -- "$bin/initdb" -A trust -D "$d"
            echo "host all all 0.0.0.0/0 trust" >>"$d/pg_hba.conf"' initdb "$port" >>"$LOG" 2>&1
        server_on "$port" runuser -u postgres -- sh -c \
            "exec /usr/lib/postgresql/*/bin/postgres -D /tmp/pg-$port -p $port -h $SERVER_IP -k /tmp"
    done
    capture
    for port in 5432 25; do
        client env PGSSLMODE=prefer PGCONNECT_TIMEOUT=10 psql -h "$SERVER_IP" -p "$port" -U postgres -c 'select 1' \
            >>"$LOG" 2>&1 || true
    done
    capture_end
}

# TLS on port 25 and on 443, from the first octet.
scenario_other-tls() {
    local port
    other_start
    certificate
    for port in 443 25; do
        server_on "$port" openssl s_server -quiet -accept "$port" -www -key /etc/helo/key.pem \
            -cert /etc/helo/cert.pem
    done
    capture
    for port in 443 25; do
        client sh -c "printf 'GET / HTTP/1.0\r\n\r\n' | timeout 5 openssl s_client -quiet \
            -connect $SERVER_IP:$port" >>"$LOG" 2>&1 || true
    done
    capture_end
}

# proxied HOW: a message to Postfix through a proxy in Postfix's own box, on port 1080; the wire has
# the client's way to the proxy. The target is a loopback address of that box.
proxied_start() {
    client_start ncat openssh-client redis-tools postgresql-client
    POSTFIX_LAYER="postfix-proxies microsocks tinyproxy-bin dante-server" postfix_start
    in_box server ip addr add 198.51.100.25/32 dev lo
}

# through_proxy NCAT-ARGUMENT...: swaks speaks to a pipe, which ncat leads through the proxy.
through_proxy() {
    capture 'tcp port 1080'
    client swaks --pipe "ncat $* 198.51.100.25 25" --helo client.example.org \
        --from alice@example.org --to bob@example.net >>"$LOG" 2>&1
    capture_end
}

scenario_proxy-socks5-postfix() {
    proxied_start
    server_on 1080 microsocks -p 1080
    through_proxy --proxy-type socks5 --proxy "$SERVER_IP:1080"
}

scenario_proxy-socks5-login-postfix() {
    proxied_start
    server_on 1080 microsocks -p 1080 -u alice -P "$ALICE_PASSWORD"
    through_proxy --proxy-type socks5 --proxy "$SERVER_IP:1080" --proxy-auth "alice:$ALICE_PASSWORD"
}

scenario_proxy-socks4-postfix() {
    proxied_start
    put server /etc/danted.conf <<CONF
internal: $SERVER_IP port = 1080
external: $SERVER_IP
socksmethod: none
clientmethod: none
user.privileged: root
user.unprivileged: nobody
client pass { from: 0.0.0.0/0 to: 0.0.0.0/0 }
socks pass { from: 0.0.0.0/0 to: 0.0.0.0/0 }
CONF
    server_on 1080 danted
    through_proxy --proxy-type socks4 --proxy "$SERVER_IP:1080"
}

scenario_proxy-connect-postfix() {
    proxied_start
    put server /etc/tinyproxy.conf <<CONF
Port 1080
Listen $SERVER_IP
Timeout 60
Allow 192.0.2.0/24
ConnectPort 25
CONF
    server_on 1080 tinyproxy -d -c /etc/tinyproxy.conf
    through_proxy --proxy-type http --proxy "$SERVER_IP:1080"
}
