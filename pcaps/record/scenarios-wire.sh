# The same kind of dialogue, seen through different eyes: addresses, ports, encapsulations, and
# captures that miss something.

scenario_wire-ipv6() {
    client_start; postfix_start
    capture
    client swaks --server "$SERVER_IP6" -6 --helo client.example.org --from alice@example.org \
        --to bob@example.net >>"$LOG" 2>&1
    capture_end
}

scenario_wire-port-10025() {
    client_start; postfix_start
    in_box server sh -euc '
        postconf -M "10025/inet=10025 inet n - n - - smtpd"
        postfix reload' >>"$LOG" 2>&1
    wait_for Postfix listening server 10025
    capture
    send_with_swaks --port 10025
    capture_end
}

# tcpdump -s 96 keeps the first 30 bytes of each segment.
scenario_wire-snaplen() {
    client_start; postfix_start
    SNAPLEN=96 capture
    send_with_swaks
    capture_end
}

scenario_wire-client-side-only() {
    client_start; postfix_start
    capture "tcp and src host $CLIENT_IP"
    dialogue 25 @read "$EHLO" "$MAIL" "$RCPT" DATA "$TEXT" @read QUIT @eof @close
    capture_end
}

scenario_wire-server-side-only() {
    client_start; postfix_start
    capture "tcp and src host $SERVER_IP"
    dialogue 25 @read "$EHLO" "$MAIL" "$RCPT" DATA "$TEXT" @read QUIT @eof @close
    capture_end
}

# The capture begins after EHLO: one transaction and QUIT are in it.
scenario_wire-midstream() {
    client_start; postfix_start
    dialogue 25 @read "$EHLO" "@sleep 3" "$MAIL" "$RCPT" DATA "$TEXT" @read QUIT @eof @close &
    local dialogue=$!
    sleep 1
    capture
    wait $dialogue
    capture_end
}

# The capture begins inside the message content.
scenario_wire-midstream-in-data() {
    client_start; postfix_start
    dialogue 25 @read "$EHLO" "$MAIL" "$RCPT" DATA "@send Subject: test\r\n\r\n" "@sleep 3" \
        "@send RSET is no command here\r\nQUIT\r\n.\r\n" @read QUIT @eof @close &
    local dialogue=$!
    sleep 1
    capture
    wait $dialogue
    capture_end
}

# The capture ends while the session goes on.
scenario_wire-capture-ends() {
    client_start; postfix_start
    capture
    dialogue 25 @read "$EHLO" "$MAIL" "@sleep 3" QUIT @eof @close &
    local dialogue=$!
    sleep 1.5
    capture_end
    wait $dialogue
}

# Linux "any" device: link type LINUX_SLL2, and the older LINUX_SLL.
scenario_wire-linux-sll2() {
    client_start; postfix_start
    CAPTURE_IF=any capture -y LINUX_SLL2 tcp
    send_with_swaks
    capture_end
}

scenario_wire-linux-sll() {
    client_start; postfix_start
    CAPTURE_IF=any capture -y LINUX_SLL tcp
    send_with_swaks
    capture_end
}

# Timestamps in nanoseconds.
scenario_wire-nanoseconds() {
    client_start; postfix_start
    capture --time-stamp-precision=nano tcp
    send_with_swaks
    capture_end
}

# Inside VXLAN (VNI 42) between the two boxes; captured outside, as the tunnel's packets.
scenario_wire-vxlan() {
    client_start; postfix_start
    tunnel client 42 "$SERVER_IP" 198.51.100.10
    tunnel server 42 "$CLIENT_IP" 198.51.100.25
    capture udp port 4789
    client swaks --server 198.51.100.25 --helo client.example.org --from alice@example.org \
        --to bob@example.net >>"$LOG" 2>&1
    capture_end
}
tunnel() {      # tunnel BOX VNI REMOTE ADDRESS
    in_box "$1" ip link add tunnel0 type vxlan id "$2" remote "$3" dstport 4789 dev wire0
    in_box "$1" ip addr add "$4/24" dev tunnel0
    nsenter -t "${BOX_PID[client]}" -m -r --net="/proc/${BOX_PID[$1]}/ns/net" -- \
        ethtool -K tunnel0 tx off rx off tso off gso off gro off >/dev/null
    in_box "$1" ip link set tunnel0 up
}

# Two access ports joined by a trunk, on which tcpdump sees 802.1Q tags (VLAN 7); see trunk.py.
scenario_wire-vlan() {
    client_start; postfix_start
    with_trunk 7
}

# The same with two tags (QinQ): 802.1ad 100, 802.1Q 7.
scenario_wire-qinq() {
    client_start; postfix_start
    with_trunk 100 7
}

with_trunk() {
    local box address
    for box in client server; do
        address=198.51.100.$([ $box = client ] && echo 10 || echo 25)
        in_box $box python3 - "$address" "$@" <"$HERE/trunk.py" >>"$LOG" 2>&1 &
        wait_for "the trunk" in_box $box sh -c "ip link show access0 | grep -q LOWER_UP"
    done
    capture "ether proto 0x8100 or ether proto 0x88a8 or vlan"
    client swaks --server 198.51.100.25 --helo client.example.org --from alice@example.org \
        --to bob@example.net >>"$LOG" 2>&1
    capture_end
}

# AUTH LOGIN of which only one side is captured, and of which only the first octets are.
scenario_wire-auth-client-side-only() { wire_auth "tcp and src host $CLIENT_IP"; }
scenario_wire-auth-server-side-only() { wire_auth "tcp and src host $SERVER_IP"; }
scenario_wire-auth-snaplen() { SNAPLEN=80 wire_auth tcp; }

wire_auth() {
    client_start; postfix_start_sasl "plain login cram-md5"
    capture "$1"
    dialogue 25 @read "$EHLO" "AUTH LOGIN" "YWxpY2U=" "$(printf %s "$WRONG_PASSWORD" | base64)" \
        "AUTH LOGIN YWxpY2U=" "$(printf %s "$ALICE_PASSWORD" | base64)" "$MAIL" QUIT @eof @close
    send_with_swaks --auth CRAM-MD5 --auth-user alice --auth-password "$ALICE_PASSWORD"
    capture_end
}
