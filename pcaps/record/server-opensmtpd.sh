# OpenSMTPD, from Debian's package, with recipients alice and bob at example.net.

opensmtpd_start() {
    layer opensmtpd opensmtpd iproute2 openssl
    box server opensmtpd mail.example.net
    wire client server
    put server /etc/smtpd.conf <<'CONF'
table users { alice = "root", bob = "root" }
listen on 0.0.0.0 hostname mail.example.net
action "discard" mda "cat >/dev/null" virtual <users>
match from any for domain "example.net" action "discard"
CONF
    in_box server smtpd >>"$LOG" 2>&1
    wait_for OpenSMTPD listening server 25
}
