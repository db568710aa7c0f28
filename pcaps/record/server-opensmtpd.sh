# OpenSMTPD, from Debian's package, with recipients alice and bob at example.net.

# opensmtpd_start [LINE]...: lines of smtpd.conf; LISTEN: options of the listener.
opensmtpd_start() {
    layer opensmtpd opensmtpd iproute2 openssl
    box server opensmtpd mail.example.net
    wire client server
    certificate
    in_box server chmod 600 /etc/helo/key.pem    # it takes no other
    put server /etc/smtpd.conf <<CONF
table users { alice = "root", bob = "root" }
$(printf '%s\n' "$@")
listen on 0.0.0.0 hostname mail.example.net ${LISTEN:-}
action "discard" mda "cat >/dev/null" virtual <users>
match from any for domain "example.net" action "discard"
CONF
    in_box server smtpd >>"$LOG" 2>&1
    wait_for OpenSMTPD listening server 25
}
