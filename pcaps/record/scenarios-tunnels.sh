# Sessions inside the tunnels that mirror ports and providers use. tunnel-*: through the kernel's
# own device. made-*: recorded on the plain wire, then wrapped by wrap.py, because the kernel that
# these captures were recorded on has no device for that tunnel.

# tunnel_device BOX NAME REMOTE ADDRESS VNI [ip link ARGUMENT]...
tunnel_device() {
    local box=$1 name=$2 remote=$3 address=$4 vni=$5; shift 5
    in_box "$box" ip link add "$name" type vxlan id "$vni" remote "$remote" dstport 4789 "$@"
    in_box "$box" ip addr add "$address/24" dev "$name"
    nsenter -t "${BOX_PID[client]}" -m -r --net="/proc/${BOX_PID[$box]}/ns/net" -- \
        ethtool -K "$name" tx off rx off tso off gso off gro off >/dev/null
    in_box "$box" ip link set "$name" up
}

# tunnel_send SERVER [swaks ARGUMENT]...
tunnel_send() {
    local server=$1; shift
    client swaks --server "$server" --helo client.example.org --from alice@example.org \
        --to bob@example.net "$@" >>"$LOG" 2>&1
}

# A body of some full-sized segments.
tunnel_body() {
    client sh -c 'seq -f "Line %g of a message that takes more than one segment." 1 100 >/tmp/body'
}

# Inner segments as large as the link's: every outer datagram that holds one is in two fragments.
# Not bound to wire0, as the kernel would then keep the MTU below its.
scenario_tunnel-vxlan-fragments() {
    client_start; postfix_start
    tunnel_device client tunnel0 "$SERVER_IP" 198.51.100.10 42
    tunnel_device server tunnel0 "$CLIENT_IP" 198.51.100.25 42
    client ip link set tunnel0 mtu 1500
    in_box server ip link set tunnel0 mtu 1500
    tunnel_body
    capture "ip proto 17"
    tunnel_send 198.51.100.25 --body @/tmp/body
    capture_end
}

# VNI 43 inside VNI 42.
scenario_tunnel-vxlan-nested() {
    client_start; postfix_start
    tunnel_device client tunnel0 "$SERVER_IP" 198.51.100.10 42 dev wire0
    tunnel_device server tunnel0 "$CLIENT_IP" 198.51.100.25 42 dev wire0
    tunnel_device client tunnel1 198.51.100.25 203.0.113.10 43 dev tunnel0
    tunnel_device server tunnel1 198.51.100.10 203.0.113.25 43 dev tunnel0
    capture udp port 4789
    tunnel_send 203.0.113.25
    capture_end
}

# The outer packets are IPv6, the session is IPv4.
scenario_tunnel-vxlan-over-ipv6() {
    client_start; postfix_start
    tunnel_device client tunnel0 "$SERVER_IP6" 198.51.100.10 16777215 dev wire0
    tunnel_device server tunnel0 "$CLIENT_IP6" 198.51.100.25 16777215 dev wire0
    capture udp port 4789
    tunnel_send 198.51.100.25
    capture_end
}

# Two tenants of one wire, VNI 42 and 43, who use the same addresses and ports at the same time: only
# --flow-key vni tells their sessions apart.
scenario_tunnel-vxlan-tenants() {
    client_start; exim_start
    in_box server pkill exim4
    local vni
    for vni in 42 43; do
        tenant client $vni "$SERVER_IP" 198.51.100.10
        tenant server $vni "$CLIENT_IP" 198.51.100.25
        in_box server nsenter --net=/run/netns/tenant$vni exim4 -bd -oX 25
    done
    capture udp port 4789
    SERVER_IP=198.51.100.25 SOURCE_PORT=40042 IN="nsenter --net=/run/netns/tenant42" \
        dialogue 25 "@sleep 1" @read "$EHLO" "$MAIL" "$RCPT" "@sleep 1" DATA "$TEXT" @read QUIT \
        @eof @close &
    local first=$!
    SERVER_IP=198.51.100.25 SOURCE_PORT=40042 IN="nsenter --net=/run/netns/tenant43" \
        dialogue 25 "@sleep 1" @read "$EHLO" "MAIL FROM:<carol@example.org>" \
        "RCPT TO:<nobody@example.net>" "@sleep 1" RSET QUIT @eof @close
    wait $first
    capture_end
}
tenant() {      # tenant BOX VNI REMOTE ADDRESS
    in_box "$1" ip netns add "tenant$2"
    in_box "$1" ip link add "tunnel$2" type vxlan id "$2" remote "$3" dstport 4789 dev wire0
    nsenter -t "${BOX_PID[client]}" -m -r --net="/proc/${BOX_PID[$1]}/ns/net" -- \
        ethtool -K "tunnel$2" tx off rx off tso off gso off gro off >/dev/null
    in_box "$1" ip link set "tunnel$2" netns "tenant$2"
    in_box "$1" ip -n "tenant$2" addr add "$4/24" dev "tunnel$2"
    in_box "$1" ip -n "tenant$2" link set "tunnel$2" up
}

# made TUNNELS SERVER [swaks ARGUMENT]...
made() {
    local tunnels=$1 plain=$RECORD_DIR/$SCENARIO.plain; shift
    client_start; postfix_start
    tunnel_body
    capture
    tunnel_send "$@"
    capture_end
    mv "$PCAP_DIR/$SCENARIO.pcap" "$plain"
    # shellcheck disable=SC2086
    python3 "$HERE/wrap.py" $tunnels <"$plain" >"$PCAP_DIR/$SCENARIO.pcap"
    rm "$plain"
}

scenario_made-gre() { made gre "$SERVER_IP"; }
scenario_made-gretap() { made gretap "$SERVER_IP" --body @/tmp/body; }
scenario_made-erspan1() { made erspan1 "$SERVER_IP"; }
scenario_made-erspan2() { made erspan2 "$SERVER_IP" --body @/tmp/body; }
scenario_made-erspan3() { made erspan3 "$SERVER_IP"; }
scenario_made-erspan3-platform() { made erspan3-platform "$SERVER_IP"; }
scenario_made-geneve() { made geneve "$SERVER_IP"; }
scenario_made-vxlan-gpe() { made vxlan-gpe "$SERVER_IP"; }
scenario_made-ipip() { made ipip "$SERVER_IP"; }
scenario_made-sit() { made sit "$SERVER_IP6" -6; }
scenario_made-mpls() { made mpls "$SERVER_IP"; }
scenario_made-mpls-pseudowire() { made mpls-pseudowire "$SERVER_IP"; }
scenario_made-pppoe() { made pppoe "$SERVER_IP"; }

# As deep as tunnels are followed, and one deeper.
EIGHT_TUNNELS="ipip gre pppoe erspan2 vxlan geneve erspan3 mpls"
scenario_made-nested-8() { made "$EIGHT_TUNNELS" "$SERVER_IP"; }
scenario_made-nested-9() { made "ipip $EIGHT_TUNNELS" "$SERVER_IP"; }

# Two sessions between the same addresses and ports at the same time, in VLANs 7 and 8: only
# --flow-key vlan tells them apart. Recorded one after the other, then tagged and laid over each other.
scenario_made-vlan-tenants() {
    client_start; exim_start
    in_box server sysctl -qw net.ipv4.tcp_max_tw_buckets=0    # the ports may be used again at once
    client sysctl -qw net.ipv4.tcp_max_tw_buckets=0
    local plain=$RECORD_DIR/$SCENARIO
    capture
    SOURCE_PORT=40042 dialogue 25 @read "$EHLO" "$MAIL" "$RCPT" "@sleep 0.5" DATA "$TEXT" @read \
        QUIT @eof @close
    capture_end
    python3 "$HERE/wrap.py" vlan:7 <"$PCAP_DIR/$SCENARIO.pcap" >"$plain.7"
    capture
    SOURCE_PORT=40042 dialogue 25 @read "$EHLO" "MAIL FROM:<carol@example.org>" \
        "RCPT TO:<nobody@example.net>" "@sleep 0.5" RSET QUIT @eof @close
    capture_end
    python3 "$HERE/wrap.py" vlan:8 <"$PCAP_DIR/$SCENARIO.pcap" >"$plain.8"
    python3 "$HERE/overlay.py" "$plain.7" "$plain.8" >"$PCAP_DIR/$SCENARIO.pcap"
    rm "$plain.7" "$plain.8"
}
