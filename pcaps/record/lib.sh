# Boxes, captures and small helpers that all recording scripts share.
#
# A *layer* is the set of files that installing some Debian packages adds to this machine's root;
# a *box* is that layer laid over the root, running with its own network, processes and host name.
# Each mail server has its own layer, because Debian's mail servers exclude each other as packages.
# Nothing is installed on the machine itself.

RECORD_DIR=${HELO_RECORD_DIR:-build/record}
mkdir -p "$RECORD_DIR"
RECORD_DIR=$(cd "$RECORD_DIR" && pwd)
PCAP_DIR=${HELO_PCAP_DIR:-$(cd "$HERE/.." && pwd)}

CLIENT_IP=192.0.2.10      # RFC 5737 and RFC 3849: addresses for documentation
SERVER_IP=192.0.2.25
CLIENT_IP6=2001:db8::10
SERVER_IP6=2001:db8::25

declare -A BOX_PID=()     # box name -> process id of its init, seen from outside
declare -A BOX_JOB=()     # box name -> process id of the unshare that holds it
CAPTURE_PID=
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive

say() { printf '%s\n' "$*" >&2; }

# mount_root DIR: the machine's root with DIR/upper on top, at DIR/root.
mount_root() {
    mkdir -p "$1/upper" "$1/work" "$1/root"
    mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/root"
    mount --rbind /dev "$1/root/dev"
    mount -t proc proc "$1/root/proc"
    mount -t tmpfs tmpfs "$1/root/tmp"
}
export -f mount_root

# layer NAME PACKAGE...: install once, in a private mount namespace.
layer() {
    local dir=$RECORD_DIR/layers/$1
    local name=$1 lock; shift
    [ -e "$dir/complete" ] && return
    exec {lock}>"$RECORD_DIR/layer-$name.lock"
    flock "$lock"                          # another run may be at it
    [ -e "$dir/complete" ] && return
    say "layer $name: installing $*"
    rm -rf "$dir"
    unshare --mount bash -euc '
        dir=$1; shift
        mount_root "$dir"
        printf "#!/bin/sh\nexit 101\n" >"$dir/root/usr/sbin/policy-rc.d"    # start no daemon
        chmod +x "$dir/root/usr/sbin/policy-rc.d"
        no_cache="-o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= -o Dir::Cache::archives=/tmp"
        chroot "$dir/root" sh -euc "
            mkdir -p /tmp/partial
            apt-get $no_cache -s install $* >/dev/null 2>&1 || apt-get update
            apt-get $no_cache install -y --no-install-recommends $*"
    ' layer "$dir" "$@" >"$RECORD_DIR/layer-$name.log" 2>&1 ||
        { tail -20 "$RECORD_DIR/layer-$name.log" >&2; return 1; }
    touch "$dir/complete"
    exec {lock}>&-
}

# box NAME LAYER HOSTNAME: start a box from a fresh copy of the layer.
box() {
    local dir=$RECORD_DIR/boxes/$SCENARIO.$1
    rm -rf "$dir"; mkdir -p "$dir"
    cp -a "$RECORD_DIR/layers/$2/upper" "$dir/upper"
    unshare --mount --uts --ipc --net --pid --fork --kill-child bash -euc '
        dir=$1
        hostname "$2"
        mount_root "$dir"
        mount -t tmpfs tmpfs "$dir/root/run"
        mkdir -p "$dir/root/run/lock"
        cat >"$dir/root/etc/hosts"
        : >"$dir/root/etc/resolv.conf"     # no name server: lookups fail at once
        printf "%s\n" "$2" >"$dir/root/etc/hostname"
        printf "%s\n" "$2" >"$dir/root/etc/mailname"
        ip link set lo up
        echo ready >"$dir/ready"
        exec chroot "$dir/root" sh -c "while :; do sleep 600 & wait; done"
    ' box "$dir" "$3" <<HOSTS >"$dir/log" 2>&1 &
127.0.0.1 localhost
::1 localhost
$CLIENT_IP client.example.org client
$CLIENT_IP6 client.example.org client
$SERVER_IP mail.example.net mail
$SERVER_IP6 mail.example.net mail
HOSTS
    BOX_JOB[$1]=$!
    wait_for "box $1" test -s "$dir/ready"
    BOX_PID[$1]=$(tr -d ' ' <"/proc/${BOX_JOB[$1]}/task/${BOX_JOB[$1]}/children")
}

# in_box NAME COMMAND...: run it inside.
in_box() {
    local pid=${BOX_PID[$1]}; shift
    nsenter -t "$pid" -m -u -i -n -p -r -w -- "$@"
}

# put NAME PATH: standard input becomes that file inside.
put() { in_box "$1" sh -c 'mkdir -p "$(dirname "$1")"; cat >"$1"' put "$2"; }

box_end() {
    [ -n "${BOX_JOB[$1]:-}" ] || return 0
    kill -KILL "${BOX_PID[$1]}" 2>/dev/null || true      # unshare itself ignores SIGTERM
    wait "${BOX_JOB[$1]}" 2>/dev/null || true
    unset "BOX_JOB[$1]" "BOX_PID[$1]"
    rm -rf "$RECORD_DIR/boxes/$SCENARIO.${1:?}"
}

# wire A B: a cable between two boxes. Offloads are off, so that checksums and segment sizes
# in the capture are those of a real wire.
wire() {
    local a=${BOX_PID[$1]} b=${BOX_PID[$2]}
    nsenter -t "$a" -n ip link add wire0 type veth peer name wire0 netns "/proc/$b/ns/net"
    wire_up "$1" "$CLIENT_IP" "$CLIENT_IP6"
    wire_up "$2" "$SERVER_IP" "$SERVER_IP6"
    wait_for "the wire" in_box "$1" ping -q -c 1 -W 1 "$SERVER_IP"
}
wire_up() {
    nsenter -t "${BOX_PID[client]}" -m -r --net="/proc/${BOX_PID[$1]}/ns/net" -- \
        ethtool -K wire0 tx off rx off tso off gso off gro off >/dev/null
    in_box "$1" ip addr add "$2/24" dev wire0
    in_box "$1" ip -6 addr add "$3/64" dev wire0 nodad
    in_box "$1" ip link set wire0 up
}

# wait_for WHAT COMMAND...: up to 15 s.
wait_for() {
    local what=$1 i; shift
    for ((i = 0; i < 150; i++)); do
        "$@" >/dev/null 2>&1 && return
        sleep 0.1
    done
    say "gave up waiting for $what"
    return 1
}

# listening BOX PORT: does a server listen there?
listening() { [ -n "$(in_box "$1" ss -Hltn "sport = :$2")" ]; }

# capture [TCPDUMP ARGUMENTS]: record the server's end of the wire until capture_end; CAPTURE_BOX:
# another's.
capture() {
    local file=$SCENARIO.pcap
    local log=$LOG.tcpdump
    : >"$log"
    nsenter -t "${BOX_PID[client]}" -m -r --net="/proc/${BOX_PID[${CAPTURE_BOX:-server}]}/ns/net" -- \
        tcpdump -i "${CAPTURE_IF:-wire0}" -s "${SNAPLEN:-262144}" --immediate-mode -U -Z root -w - \
        "${@:-tcp}" >"$RECORD_DIR/$file.tmp" 2>"$log" &
    CAPTURE_PID=$!
    CAPTURE_FILE=$file
    wait_for tcpdump grep -q 'listening on' "$log"
}
capture_end() {
    sleep "${1:-0.5}"                      # the last FIN and ACK
    kill "$CAPTURE_PID"
    wait "$CAPTURE_PID" || true
    CAPTURE_PID=
    mv "$RECORD_DIR/$CAPTURE_FILE.tmp" "$PCAP_DIR/$CAPTURE_FILE"
}


# A self-signed certificate, for servers that offer STARTTLS.
certificate() {
    in_box server sh -euc '
        mkdir -p /etc/helo
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 \
            -subj /CN=mail.example.net -addext subjectAltName=DNS:mail.example.net \
            -keyout /etc/helo/key.pem -out /etc/helo/cert.pem
        chmod 644 /etc/helo/key.pem' >>"$LOG" 2>&1
}

# tidy: leave nothing behind, whatever happened.
tidy() {
    if [ -n "$CAPTURE_PID" ]; then kill "$CAPTURE_PID" 2>/dev/null || true; fi
    local name
    for name in "${!BOX_JOB[@]}"; do box_end "$name"; done
}
