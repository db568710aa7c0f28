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

# made TUNNEL SERVER [swaks ARGUMENT]...
made() {
    local tunnel=$1 plain=$RECORD_DIR/$SCENARIO.plain; shift
    client_start; postfix_start
    tunnel_body
    capture
    tunnel_send "$@"
    capture_end
    mv "$PCAP_DIR/$SCENARIO.pcap" "$plain"
    python3 "$HERE/wrap.py" "$tunnel" <"$plain" >"$PCAP_DIR/$SCENARIO.pcap"
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
