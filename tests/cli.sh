#!/bin/bash
# Black-box tests of the program: tests/cli.sh build/heloscope. Captures are made here, octet by
# octet, so that each test shows what it reads.
set -u

program=$(realpath "${1:?usage: tests/cli.sh PROGRAM}")
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

passed=0
failed=0
skipped=0
name=
code=0

test_that() {
    name=$1
}

pass() {
    passed=$((passed + 1))
}

fail() {
    failed=$((failed + 1))
    printf 'FAILED: %s: %s\n' "$name" "$1"
    sed 's/^/    stderr: /' err 2>/dev/null | head -5
}

needs() {
    command -v "$1" >/dev/null && return 0
    skipped=$((skipped + 1))
    printf 'skipped, %s is not installed: %s\n' "$1" "$name"
    return 1
}

# Runs the program; leaves out, err and code.
run() {
    "$program" "$@" >out 2>err </dev/null
    code=$?
}

expect_code() {
    if [ "$code" = "$1" ]; then pass; else fail "exit code $code instead of $1"; fi
}

# expect_text FILE TEXT: the file has a line with this text.
expect_text() {
    if grep -qF -- "$2" "$1"; then pass; else fail "$1 lacks: $2"; fi
}

expect_no_text() {
    if grep -qF -- "$2" "$1"; then fail "$1 has: $2"; else pass; fi
}

expect_lines() {
    local lines
    lines=$(wc -l <"$1")
    if [ "$lines" = "$2" ]; then pass; else fail "$1 has $lines lines instead of $2"; fi
}

expect_empty() {
    if [ -s "$1" ]; then fail "$1 is not empty"; else pass; fi
}

expect_same() {
    if cmp -s "$1" "$2"; then pass; else fail "$1 and $2 differ"; fi
}

# Wrong usage: exit 2, nothing on stdout, one line on stderr with the reason and where to look.
expect_usage_error() {
    expect_code 2
    expect_empty out
    expect_lines err 1
    expect_text err "heloscope: $1"
    expect_text err "(try heloscope --help)"
}

# Waits until process $1 handles SIGINT, and a little for what it has to read.
wait_until_it_handles_signals() {
    for _ in $(seq 100); do
        grep -q '^SigCgt:.*[2367abef]$' "/proc/$1/status" 2>/dev/null && break
        sleep 0.05
    done
    sleep 0.5
}

le16() {
    # shellcheck disable=SC2059
    printf "\\x$(printf %02x $(($1 & 255)))\\x$(printf %02x $(($1 >> 8 & 255)))"
}

le32() {
    le16 $(($1 & 65535))
    le16 $(($1 >> 16 & 65535))
}

be16() {
    # shellcheck disable=SC2059
    printf "\\x$(printf %02x $(($1 >> 8 & 255)))\\x$(printf %02x $(($1 & 255)))"
}

be32() {
    be16 $(($1 >> 16 & 65535))
    be16 $(($1 & 65535))
}

# pcap_head MAGIC LINKTYPE
pcap_head() {
    le32 "$1"
    le16 2
    le16 4
    le32 0
    le32 0
    le32 65535
    le32 "$2"
}

MICRO=0xa1b2c3d4
NANO=0xa1b23c4d

# One frame from client (c) or server (s): SIDE FLAGS PAYLOAD. Keeps sequence numbers and time.
client_next=1000
server_next=5000
clock=0
frame() {
    local side=$1 flags=$2 payload=$3
    local len=${#payload}
    local seq=$server_next ack=$client_next ports="25 40000" addresses="2 1"
    if [ "$side" = c ]; then
        seq=$client_next ack=$server_next ports="40000 25" addresses="1 2"
    fi
    if [ $((flags & 16)) = 0 ]; then ack=0; fi
    printf '\2\0\0\0\0\2\2\0\0\0\0\1\x08\0\x45\0'
    be16 $((40 + len))
    printf '\0\0\x40\0\x40\6\0\0'
    local address
    for address in $addresses; do be32 $((0xc0000200 + address)); done
    local port
    for port in $ports; do be16 "$port"; done
    be32 "$seq"
    be32 "$ack"
    be16 $((0x5000 | flags))
    printf '\xff\xff\0\0\0\0%s' "$payload"
}

# The record of a pcap around the frame; advances what frame reads.
packet() {
    local side=$1 flags=$2 payload=$3
    local len=$((54 + ${#payload}))
    le32 $((1700000000 + clock / 100))
    le32 $((clock % 100 * 10000))
    le32 "$len"
    le32 "$len"
    frame "$side" "$flags" "$payload"
    local octets=$((${#payload} + ((flags & 3) != 0)))
    if [ "$side" = c ]; then
        client_next=$((client_next + octets))
    else
        server_next=$((server_next + octets))
    fi
    clock=$((clock + 1))
}

SYN=2 SYNACK=18 ACK=16 DATA=24 FINACK=17

# The frames of a session up to its EHLO reply, without the file header.
session_begin() {
    client_next=1000 server_next=5000 clock=0
    packet c $SYN ""
    packet s $SYNACK ""
    packet c $ACK ""
    packet s $DATA $'220 mx.example ESMTP\r\n'
    packet c $DATA $'EHLO client.example\r\n'
    packet s $DATA $'250 mx.example\r\n'
}

# Another session, an hour later, in the same capture.
session_begin_again() {
    client_next=700000 server_next=800000
    packet c $SYN ""
    packet s $SYNACK ""
    packet s $DATA $'220 mx.example ESMTP\r\n'
    session_end
}

session_end() {
    packet c $DATA $'QUIT\r\n'
    packet s $DATA $'221 bye\r\n'
    packet s $FINACK ""
    packet c $FINACK ""
    packet s $ACK ""
}

# With command substitution, state would be lost: everything goes to files.
{ pcap_head $MICRO 1; session_begin; session_end; } >session.pcap
{ pcap_head $MICRO 1; session_begin; } >open.pcap
head -c 300 session.pcap >cut.pcap
# Some 800 exchanges, more than a pipe holds of them.
{
    pcap_head $MICRO 1
    session_begin
    # The substitutions lose the last line feed.
    noops=$(printf 'NOOP\r\n%.0s' {1..200})
    replies=$(printf '250 ok\r\n%.0s' {1..200})
    for _ in 1 2 3 4; do
        packet c $DATA "$noops"$'\n'
        packet s $DATA "$replies"$'\n'
    done
    session_end
} >long.pcap
run -r session.pcap
cp out plain.out

test_that "a session becomes one event and a summary"
run -r session.pcap
expect_code 0
expect_lines out 1
expect_text out '"dataset":"heloscope.session"'
expect_text out '"reason":"quit"'
expect_text err "heloscope: 11 packets"
expect_text err "heloscope: 1 session, 0 messages, 0 authentications, 0 anomalies; 1 event written"
if grep -qv '^heloscope: ' err; then fail "a line of stderr does not begin with the name"; else pass; fi

test_that "the same capture gives the same octets"
run -r session.pcap
expect_same out plain.out

test_that "-q silences stderr"
run -q -r session.pcap
expect_code 0
expect_same out plain.out
expect_empty err

test_that "-v tells every counter"
run -v -r session.pcap
expect_text err "packets analysed"
expect_text err "octets on the wire"

test_that "-o text writes lines for people, to a pipe without colours"
run -r session.pcap -o text:-
expect_code 0
expect_lines out 1
expect_text out "session"
expect_no_text out $'\x1b'

test_that "several outputs are written at once"
run -r session.pcap -o json:a.json -o text:a.txt
expect_code 0
expect_empty out
expect_same a.json plain.out
expect_lines a.txt 1

test_that "-e chooses the events"
run -r session.pcap -e exchange
expect_lines out 3
expect_no_text out '"dataset":"heloscope.session"'
run -r session.pcap -e +exchange
expect_lines out 4
run -r session.pcap -e -session
expect_empty out
expect_text err "1 session, 0 messages, 0 authentications, 0 anomalies; 0 events written"
run -r session.pcap -e +stats
expect_lines out 2
tail -n 1 out >last
expect_text last '"dataset":"heloscope.stats"'
expect_text last '"received":11'

test_that "--sensor names the observer"
run -r session.pcap --sensor mx-north
expect_text out '"name":"mx-north"'

test_that "packed captures give the same octets as plain ones"
gzip -k session.pcap
run -r session.pcap.gz
expect_code 0
expect_same out plain.out
mv session.pcap.gz named-otherwise
run -r named-otherwise
expect_same out plain.out
if needs zstd; then
    zstd -q session.pcap
    run -r session.pcap.zst
    expect_code 0
    expect_same out plain.out
fi

test_that "stdin is read as a file and as a pipe"
"$program" -q -r - <session.pcap >out 2>err
code=$?
expect_code 0
expect_same out plain.out
# shellcheck disable=SC2002
cat named-otherwise | "$program" -q -r - >out 2>err
code=$?
expect_code 0
expect_same out plain.out

test_that "a FIFO is read"
mkfifo fifo
cat session.pcap >fifo &
run -r fifo
expect_code 0
expect_same out plain.out
rm fifo

test_that "several files are one capture"
records=$((24 + 3 * (16 + 54)))
head -c $records session.pcap >one.pcap
{ head -c 24 session.pcap; tail -c +$((records + 1)) session.pcap; } >two.pcap
run -r one.pcap -r two.pcap
expect_code 0
expect_same out plain.out

for workers in 1 3; do
    test_that "events come out while the pipe they come from is still open, with $workers workers"
    mkfifo in
    "$program" -w "$workers" -r in >live.out 2>err &
    reader=$!
    exec 3>in
    cat session.pcap >&3
    { client_next=1 server_next=1 clock=1000; packet c $SYN ""; packet c $SYN ""; } >&3
    for _ in $(seq 50); do
        [ -s live.out ] && break
        sleep 0.1
    done
    cp live.out out
    expect_lines out 1
    exec 3>&-
    wait $reader
    rm in
done

test_that "several workers write what one does"
run -r session.pcap -r open.pcap
cp out one.out
for workers in 2 8; do
    run -w "$workers" -r session.pcap -r open.pcap
    expect_code 0
    expect_same out one.out
    # shellcheck disable=SC2002 # a pipe is what is tested
    cat session.pcap | "$program" --workers="$workers" -q -r - >out 2>err
    expect_same out plain.out
done

test_that "their number is bounded"
for number in 0 65 two -1; do
    run -r session.pcap -w "$number"
    expect_usage_error "--workers: '$number'"
done

test_that "very many open sessions are reported with capture_end"
python3 - >many.pcap <<'END'
import struct, sys
out = [struct.pack("<IHHIIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1)]
for port in range(1000, 5000):
    payload = b"EHLO client.example\r\n"
    tcp = struct.pack(">HHIIHHHH", port, 25, 1, 1, 0x5018, 65535, 0, 0) + payload
    ip = struct.pack(">HHHHBBHII", 0x4500, 20 + len(tcp), 0, 0, 64, 6, 0, 0xc0000201, 0xc0000202)
    frame = bytes(12) + b"\x08\x00" + ip + tcp
    out.append(struct.pack("<IIII", 1700000000, port, len(frame), len(frame)) + frame)
sys.stdout.buffer.write(b"".join(out))
END
for workers in 1 2 8 64; do
    run -q -w "$workers" -r many.pcap -e session
    expect_code 0
    expect_lines out 4000
done

test_that "an open session is reported with capture_end"
run -r open.pcap
expect_code 0
expect_text out '"reason":"capture_end"'

for signal in INT TERM; do
    test_that "SIG$signal ends a run cleanly"
    mkfifo in
    # A background job ignores SIGINT unless it is told otherwise.
    env --default-signal=INT "$program" -r in >out 2>err &
    reader=$!
    exec 3>in
    cat open.pcap >&3
    wait_until_it_handles_signals $reader
    kill -$signal $reader
    wait $reader
    code=$?
    exec 3>&-
    rm in
    expect_code 0
    expect_lines out 1
    expect_text out '"reason":"capture_end"'
    expect_text err "stopped by a signal"
done

test_that "every layer of the sandbox holds, or is told to be missing"
if grep -q __asan_init "$program" || grep -q __gcov_init "$program"; then
    run --sandbox-check --user "$(id -un)"
    expect_code 1
    expect_text out "MISSING"
else
    run --sandbox-check --user "$(id -un)"
    expect_code 0
    expect_text out "seccomp   read a file                      killed          ok"
    expect_text out "every layer holds"
    mkfifo in
    "$program" -q -r in -o json:confined.json 2>err &
    reader=$!
    exec 3>in
    cat session.pcap >&3
    wait_until_it_handles_signals $reader
    grep -E '^(Seccomp|NoNewPrivs):' /proc/$reader/status | tr -d '\t' >out
    expect_text out "Seccomp:2"
    expect_text out "NoNewPrivs:1"
    exec 3>&-
    wait $reader
    rm in
fi
run --sandbox-check --user nosuchuser
expect_code 2
run --help
expect_text out "heloscope --sandbox-check [--user USER]"

test_that "captures after the first are opened though the program may open nothing"
cat long.pcap >second.pcap
run -q -r session.pcap -r second.pcap -r missing.pcap -e exchange
expect_code 1
expect_text err "heloscope: missing.pcap: can't be opened: No such file or directory"
if [ "$(wc -l <out)" -gt 800 ]; then pass; else fail "the second capture was not read"; fi

test_that "a signal ends the wait for a capture that nobody writes, and leaves no process"
mkfifo never
env --default-signal=INT "$program" -r open.pcap -r never -e session >out 2>err &
reader=$!
wait_until_it_handles_signals $reader
helper=$(pgrep -P $reader)
kill -INT $reader
wait $reader
code=$?
expect_code 0
expect_text out '"reason":"capture_end"'
sleep 0.2
if [ "$helper" ] && ! grep -q '^State:[[:space:]]*[RSD]' "/proc/$helper/status" 2>/dev/null; then
    pass
else
    fail "process '$helper' is left"
fi
rm never

test_that "a second signal ends the program at once"
mkfifo stuck
# Opens the FIFO and never reads it.
# shellcheck disable=SC2217
sleep 60 <stuck &
sleeper=$!
env --default-signal=INT "$program" -r long.pcap -e all -o json:stuck 2>err &
reader=$!
wait_until_it_handles_signals $reader
kill -INT $reader
sleep 0.5
if kill -0 $reader 2>/dev/null; then pass; else fail "it did not wait for its reader"; fi
kill -INT $reader
wait $reader
code=$?
expect_code 130
kill $sleeper
wait $sleeper 2>/dev/null
rm stuck

test_that "a reader of stdout that goes away is an error, told once, and ends the run"
{ "$program" -r long.pcap -e all 2>err; echo $? >code; } | head -n 1 >out
code=$(cat code)
expect_code 1
expect_lines out 1
expect_text err "Broken pipe"

test_that "a closed stdout is an error and no file is written into"
cp session.pcap copy.pcap
"$program" -r copy.pcap >&- 2>err
code=$?
expect_code 1
expect_text err "heloscope: "
expect_same copy.pcap session.pcap

test_that "a full disk is an error"
if [ -c /dev/full ]; then
    "$program" -r session.pcap >/dev/full 2>err
    code=$?
    expect_code 1
    expect_text err "No space left on device"
    run -r session.pcap -o json:/dev/full -o json:other.json
    expect_code 1
    expect_same other.json plain.out
fi
"$program" --help >/dev/full 2>err
code=$?
expect_code 1

# Whole lines, and those of the run without a limit: a file of lines that starts as the other does.
expect_whole_lines_of() {
    local size
    size=$(stat -c %s "$1")
    if [ "$size" -gt 0 ] && [ "$(tail -c 1 "$1" | od -An -c | tr -d ' ')" = '\n' ]; then pass; else fail "$1 ends amid a line"; fi
    if cmp -s -n "$size" "$1" "$2"; then pass; else fail "$1 is not how $2 begins"; fi
}

test_that "a disk that fills up leaves whole lines, in a file and behind > and >>"
run -q -r long.pcap -e all -o json:whole.json
(ulimit -f 100 && "$program" -r long.pcap -e all -o json:full.json) 2>err
code=$?
expect_code 1
expect_text err "heloscope: full.json: File too large"
expect_whole_lines_of full.json whole.json
(ulimit -f 100 && "$program" -r long.pcap -e all >full.json) 2>err
code=$?
expect_code 1
expect_text err "heloscope: standard output: File too large"
expect_whole_lines_of full.json whole.json
: >full.json
(ulimit -f 100 && "$program" -r long.pcap -e all >>full.json) 2>err
expect_whole_lines_of full.json whole.json
(ulimit -f 100 && "$program" -r long.pcap -e all -o json:full.json -o text:-) >out 2>err
code=$?
expect_code 1
expect_lines out "$(wc -l <whole.json)"

test_that "SIGHUP opens renamed files anew; nothing is lost or repeated"
mkfifo in
"$program" -q -r in -e session -o json:rotated.json 2>err &
reader=$!
exec 3>in
cat session.pcap >&3
{ client_next=1 server_next=1 clock=1000; packet c $SYN ""; packet c $SYN ""; } >&3
for _ in $(seq 50); do
    [ -s rotated.json ] && break
    sleep 0.1
done
mv rotated.json rotated.json.1
kill -HUP $reader
sleep 0.3
{ clock=2000; packet c $SYN ""; clock=3000; client_next=9; server_next=99; session_begin_again; } >&3
exec 3>&-
wait $reader
code=$?
rm in
expect_code 0
expect_lines rotated.json.1 1
expect_lines rotated.json 1
expect_same rotated.json.1 plain.out

test_that "an output that can't be opened is an error"
run -r session.pcap -o json:no/such/folder/x
expect_code 1
expect_text err "no/such/folder/x"

test_that "an output never empties a capture"
run -r copy.pcap -o json:./copy.pcap
expect_code 2
expect_text err "is a capture to be read"
expect_same copy.pcap session.pcap

test_that "a mistyped capture empties no output"
echo precious >kept
run -r missing.pcap -o json:kept
expect_code 1
expect_text err "heloscope: missing.pcap: can't be opened: No such file or directory"
expect_lines err 1
expect_text kept precious

test_that "a cut capture: what came before is written, the packet is named"
run -r cut.pcap
expect_code 1
expect_text err "heloscope: cut.pcap: packet 4: truncated"
expect_text err "heloscope: 3 packets"
run -r session.pcap -r cut.pcap
expect_code 1
expect_text out '"reason":"quit"'
expect_text err "heloscope: cut.pcap: packet 4: truncated"

test_that "files behind a damaged one are still read"
run -r cut.pcap -r session.pcap
expect_code 1
expect_text err "cut.pcap: packet 4"
expect_text out '"dataset":"heloscope.session"'

test_that "what is no capture is named"
: >empty
run -r empty
expect_code 1
expect_text err "heloscope: empty: is empty"
run -r .
expect_code 1
expect_text err "heloscope: .: is a directory"
echo "no capture" >text
run -r text
expect_code 1
expect_text err "it looks like text"

test_that "a link type that can't be read is an error"
{ pcap_head $MICRO 105; session_begin; } >wifi.pcap
run -r wifi.pcap
expect_code 1
expect_text err "link type that can't be read"

test_that "nanoseconds reach the events"
{ pcap_head $NANO 1; session_begin; session_end; } >nano.pcap
run -r nano.pcap
expect_code 0
if grep -qE '"@timestamp":"[^"]*\.[0-9]{9}Z"' out; then pass; else fail "no nine digits"; fi

test_that "the filter is applied, and one that passes nothing is pointed out"
run -r session.pcap tcp port 25
expect_same out plain.out
run -r session.pcap port 587
expect_code 0
expect_empty out
expect_text err "no packet passed the filter"

test_that "every capture that can't be read is told of, and the others are read, in whatever order"
run -r missing.pcap -r session.pcap -r missing2.pcap -e session
expect_code 1
expect_text err "heloscope: missing.pcap: can't be opened"
expect_text err "heloscope: missing2.pcap: can't be opened"
expect_text out '"dataset":"heloscope.session"'

test_that "workers that have nothing to do end"
code=0
timeout 20 "$program" -q -w 2 -r session.pcap 'port 9999' >out 2>err || code=$?
expect_code 0
expect_empty out

test_that "captures that are out of order are told of"
run -r "$root/pcaps/exim-plain.pcap" -r "$root/pcaps/postfix-plain.pcap"
expect_code 0
expect_text err "older than one before: silences may be told wrongly"

test_that "an exempt user counts for no source either"
run -r "$root/pcaps/abuse-brute-force.pcap" -e anomaly --allow HS-201=user:alice
expect_no_text out "HS-201"

test_that "TCP without SMTP: the ports are named, and how to name others"
run -r session.pcap --only-ports --ports 24,587
expect_code 0
expect_empty out
expect_text err "heloscope: no SMTP in 11 packets with TCP; it was looked for on ports 24,587 only: "
run -r session.pcap --only-ports --ports 587
expect_text err "it was looked for on port 587 only"
run -r session.pcap
expect_no_text err "no SMTP"
run -r session.pcap udp
expect_no_text err "no SMTP"

test_that "a filter that does not compile is told with the reason"
run -r session.pcap port
expect_code 1
expect_empty out
expect_text err "the filter 'port' does not compile"

test_that "what editcap is said to mend, it mends"
# Two interfaces of different snap length; then of different link type.
shb='\x0a\x0d\x0d\x0a\x1c\0\0\0\x4d\x3c\x2b\x1a\1\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\x1c\0\0\0'
interface() {
    printf '\1\0\0\0\x14\0\0\0'
    le16 "$1"
    le16 0
    le32 "$2"
    printf '\x14\0\0\0'
}
enhanced_syn() {
    client_next=1000 server_next=5000
    local length=$1
    le32 6
    le32 $((32 + length + (-length & 3)))
    le32 "$2"
    le32 0x00060a24
    le32 $((0x1000 + $2))
    le32 "$length"
    le32 "$length"
    frame c $SYN "" | tail -c "$length"
    head -c $((-length & 3)) /dev/zero
    le32 $((32 + length + (-length & 3)))
}
# shellcheck disable=SC2059
{ printf "$shb"; interface 1 65535; interface 1 128; enhanced_syn 54 0; enhanced_syn 54 1; } >snap.pcapng
# shellcheck disable=SC2059
{ printf "$shb"; interface 1 65535; interface 101 65535; enhanced_syn 54 0; enhanced_syn 40 1; } >mixed.pcapng
run -r snap.pcapng
expect_code 1
expect_text err "editcap -F pcap IN OUT.pcap"
run -r mixed.pcapng
expect_code 1
expect_text err "tshark -r IN -Y frame.interface_id==0 -w ONE.pcapng"
expect_text err "editcap -F pcap -T ether ONE.pcapng OUT.pcap"
if needs editcap && needs tshark; then
    editcap -F pcap snap.pcapng snap.pcap
    run -r snap.pcap
    expect_code 0
    expect_text err "heloscope: 2 packets"
    tshark -r mixed.pcapng -Y frame.interface_id==0 -w one.pcapng 2>/dev/null
    editcap -F pcap -T ether one.pcapng one-only.pcap
    run -r one-only.pcap
    expect_code 0
    expect_text err "heloscope: 1 packet,"
    editcap cut.pcap whole.pcap 2>/dev/null
    run -r whole.pcap
    expect_code 0
    expect_text err "heloscope: 3 packets"
fi

test_that "wrong usage is one line and exit 2"
run
expect_usage_error "nothing to read; give a capture with -r FILE or an interface with -i IFACE"
run session.pcap
expect_usage_error "nothing to read; did you mean -r session.pcap?"
run explian 221
expect_usage_error "nothing to read; did you mean the subcommand explain?"
run rule
expect_usage_error "nothing to read; did you mean the subcommand rules?"
run tcp port 25
expect_usage_error "nothing to read; give a capture with -r FILE or an interface with -i IFACE"
run -r session.pcap --nonsense
expect_usage_error "unknown or ambiguous option '--nonsense'"
run -r session.pcap -o xml:-
expect_usage_error "--output: 'xml' is no format"
run -r session.pcap -e nonsense
expect_usage_error "--events: 'nonsense' is no kind of event"
run -r session.pcap --memory 1K
expect_usage_error "--memory: '1K' is too little"

# A session in which somebody fails to log in, with a name and a password of its own.
{
    pcap_head $MICRO 1
    session_begin
    packet c $DATA $'AUTH PLAIN AGFsaWNlAGh1bnRlcjI=\r\n'
    packet s $DATA $'535 5.7.8 no such user Alice\r\n'
    packet c $DATA $'MAIL FROM:<> AUTH=alice\r\n'
    packet s $DATA $'250 ok\r\n'
    session_end
} >login.pcap
alice="hmac-sha256:fdbf8b1cacd3d578e062d0e41104357d06aa63eca39f80b6fd7c83afedf1d44a"
printf '0123456789abcdef\n' >key

test_that "by default names are shown and passwords are not"
run -r login.pcap -e all -o json:- -o text:both.txt
expect_code 0
expect_text out "FROM:<> AUTH=alice"
cat both.txt >>out
run -r login.pcap -e all -o json:- -o text:both.txt --credentials redact
cat both.txt >>out
for secret in hunter2 aHVudGVy AGFsaWNl; do expect_no_text out "$secret"; done

test_that "--credentials hash writes the same hash for a name wherever it stands"
run -r login.pcap -e exchange,message --credentials hash --hash-key key
expect_code 0
expect_text out "FROM:<> AUTH=$alice"
expect_text out "\"parameters\":{\"AUTH\":\"$alice\"}"
expect_no_text out "AUTH=alice"
expect_no_text out hunter2
printf '0123456789abcdef' >key-without-newline
run -r login.pcap -e message --credentials hash --hash-key key-without-newline
expect_text out "$alice"

test_that "--credentials reveal says so on stderr, even with -q"
run -q -r login.pcap --credentials reveal -e all
expect_code 0
expect_lines err 1
expect_text err "heloscope: warning: passwords and tokens will be written"

test_that "who logs in is shown, or hashed wherever the name stands"
run -r login.pcap -e auth
expect_text out '"user":{"name":"alice"}'
run -r login.pcap -e all -o json:- -o text:both.txt
expect_text both.txt "failure      PLAIN          alice  CLEAR, secret exposed"
run -r login.pcap -e all --credentials hash --hash-key key -o json:- -o text:both.txt
expect_text out "\"user\":{\"name\":\"$alice\"}"
expect_text out "\"user\":[\"$alice\"]"
expect_text out "no such user $alice"
expect_text both.txt "5.7.8 no such user $alice"
expect_text both.txt "PLAIN          ${alice:0:24}…  CLEAR"
cat both.txt >>out
if grep -qi alice out; then fail "out has the name"; else pass; fi
run -r login.pcap -e auth --credentials reveal
expect_text out '"secret":"hunter2"'

test_that "a key that is none is told with what helps"
printf 'short\n' >short.key
head -c 4097 /dev/zero >long.key
: >empty.key
run -r login.pcap --credentials hash
expect_usage_error "--credentials hash needs --hash-key FILE; make one with: openssl rand -hex 32 >FILE"
run -r login.pcap --credentials hash --hash-key short.key
expect_usage_error "--hash-key: short.key: the key is too short, it takes at least 16 octets"
run -r login.pcap --credentials hash --hash-key long.key
expect_usage_error "--hash-key: long.key: the key is too long, it takes at most 4096 octets"
run -r login.pcap --credentials hash --hash-key empty.key
expect_usage_error "--hash-key: empty.key: the key is empty"
run -r login.pcap --credentials hash --hash-key missing.key
expect_usage_error "--hash-key: missing.key: No such file or directory"
run -r login.pcap --hash-key key
expect_usage_error "--hash-key is of no use without --credentials hash"

# The client 192.0.2.1 speaks for another one.
{
    pcap_head $MICRO 1
    client_next=1000 server_next=5000 clock=0
    packet c $SYN ""
    packet s $SYNACK ""
    packet c $ACK ""
    packet c $DATA $'PROXY TCP4 198.51.100.9 192.0.2.2 4711 25\r\n'
    packet s $DATA $'220 mx.example ESMTP\r\n'
    session_end
} >proxied.pcap

test_that "--proxy names the networks whose PROXY header is believed"
run -r proxied.pcap
expect_no_text out '"client":{"ip"'
run -r proxied.pcap --proxy 192.0.2.0/24
expect_text out '"client":{"ip":"198.51.100.9","port":4711}'
run -r proxied.pcap --proxy 2001:db8::/32 --proxy 192.0.2.1
expect_text out '"client":{"ip":"198.51.100.9","port":4711}'
run -r proxied.pcap --proxy 192.0.2.2/32
expect_no_text out '"client":{"ip"'
run -r proxied.pcap --proxy 192.0.2.1/24
expect_usage_error "--proxy: '192.0.2.1/24' has bits behind its prefix; did you mean 192.0.2.0/24?"

test_that "explain tells what codes mean, on stdout, and two of them side by side"
run explain 221
expect_code 0
expect_empty err
expect_text out "221  The server closes the channel"
expect_text out "What to do"
run explain 221 334
expect_code 0
expect_text out "221  The server closes the channel       334  Go on with the authentication"
expect_text out "221 and 334: the key differences"
expect_text out "Which to expect when"
run explain 5.7.8 x.1.1 221
expect_code 0
expect_text out "5.7.8  credentials invalid"
expect_text out "X.1.1  no such mailbox"
expect_no_text out "key differences"
run explain 221 221
expect_code 0
expect_no_text out "key differences"

test_that "explain explains what it knows, says what it does not know, and fails for that"
run explain 221 nonsense 334 bogus
expect_code 2
expect_text out "The server closes the channel"
expect_text out "221 and 334: the key differences"
expect_lines err 2
expect_text err "heloscope: explain: 'nonsense' is neither a reply code (100 to 599), nor an enhanced code"
expect_text err "heloscope: explain: 'bogus' is neither"
run explain --json bogus 221
expect_code 2
expect_lines out 1
expect_text out '"221"'
expect_lines err 1

test_that "explain refuses what it does not understand"
run explain
expect_usage_error "explain: a code or a rule is needed, such as: heloscope explain 221 334"
run explain --json
expect_usage_error "explain: a code or a rule is needed"
run explain nonsense
expect_usage_error "explain: 'nonsense' is neither a reply code (100 to 599), nor an enhanced code"
run explain --nonsense 221
expect_usage_error "explain: unknown option '--nonsense'"
run explain --list 221
expect_usage_error "explain: --list stands alone"

test_that "explain has a help of its own, a list, and JSON"
run explain --help
expect_code 0
expect_text out "usage: heloscope explain"
run explain -h 221
expect_text out "usage: heloscope explain"
run rules --help
expect_code 0
expect_text out "usage: heloscope rules [--json]"
run explain --list
expect_code 0
expect_text out "334  Go on with the authentication"
expect_text out "X.7.8  credentials invalid"
run explain 334 --json
expect_code 0
expect_lines out 1
expect_text out '{"kind":"code","name":"334","title":"Go on with the authentication"'
if [ -w /dev/full ]; then
    "$program" explain 221 >/dev/full 2>err
    code=$?
    expect_code 1
    expect_text err "heloscope: stdout: "
fi

test_that "explain follows the width of the terminal, and writes bold there only"
if needs script; then
    show() { # COLUMNS
        script -qec "stty cols $1; '$program' explain 221 334" /dev/null 2>err </dev/null | tr -d '\r'
    }
    unset COLUMNS NO_COLOR
    TERM=xterm show 100 >out
    expect_text out $'\x1b[1m221  The server closes the channel\x1b[0m                 \x1b[1m334  Go'
    TERM=xterm show 60 >out
    expect_text out $'\x1b[1m334  Go on with the authentication\x1b[0m'
    if grep -qE '.{80}' out; then fail "lines are wider than the terminal"; else pass; fi
    NO_COLOR=1 TERM=xterm show 100 >out
    expect_no_text out $'\x1b['
    TERM=dumb show 100 >out
    expect_no_text out $'\x1b['
    COLUMNS=60 TERM=dumb show 100 >out
    if grep -qE '.{64}' out; then fail "COLUMNS is not heeded"; else pass; fi
fi

test_that "a configuration file works and its mistakes are told with their line"
printf '# test\nread = session.pcap\noutput = json:from-config.json\nquiet = yes\n' >conf
run -c conf
expect_code 0
expect_empty out
expect_empty err
expect_same from-config.json plain.out
run -c conf -o json:-
expect_same out plain.out
printf 'read = session.pcap\nmemroy = 1G\n' >bad.conf
run -c bad.conf
expect_usage_error "bad.conf:2: unknown key 'memroy'"

test_that "--version and --help go to stdout"
run --version
expect_code 0
expect_lines out 1
expect_text out "heloscope "
expect_empty err
run --help
expect_code 0
expect_empty err
expect_text out "usage: heloscope"

test_that "heloscope rules lists what can be set"
run rules
expect_code 0
expect_text out "HS-101  medium    server_initiated_close"
expect_text out "idle=10 s"
run rules --json
expect_code 0
expect_text out '{"id":"HS-101","name":"server_initiated_close"'
run rules --nonsense
expect_code 2
run --help

test_that "the manual page has every option of --help, and no other"
grep -oE -- '--[a-z][a-z-]+' out | sort -u >help.options
grep -oE '^\.It .*Fl .*' "$root/share/man/heloscope.1" | grep -oE -- ' -[a-z][a-z-]+' |
    sed 's/^ -/--/' | sort -u >man.options
if [ "$(wc -l <help.options)" -ge 13 ]; then pass; else fail "--help lists too few options"; fi
expect_same help.options man.options
grep -oE -- '^  -[a-zA-Z]' out | tr -d ' ' | sort -u >help.letters
grep -oE '^\.It Fl [a-zA-Z] ' "$root/share/man/heloscope.1" | sed 's/^.It Fl \(.\) $/-\1/' |
    sort -u >man.letters
expect_same help.letters man.letters

test_that "the manual page and --help have every subcommand"
run --help
expect_text out "heloscope explain [--json] CODE|RULE..."
expect_text out "heloscope rules [--json]"
expect_text "$root/share/man/heloscope.1" ".Cm explain"
for option in json list; do
    expect_text "$root/share/man/heloscope.1" ".Fl -$option"
done

test_that "on a terminal there are progress and colours, unless they are not wanted"
if needs script; then
    # Slowly, so that the progress line has its turn.
    cat >slowly <<'EOF'
#!/bin/bash
{ head -c 300 session.pcap; sleep 0.5; tail -c +301 session.pcap; } | "$@"
EOF
    chmod +x slowly
    TERM=xterm script -qec "./slowly '$program' -r - -o json:x.json" /dev/null >out 2>err </dev/null
    expect_text out $'\r4 packets  0 events'
    TERM=xterm script -qec "./slowly '$program' -q -r - -o json:x.json" /dev/null >out 2>err </dev/null
    expect_empty out
    TERM=xterm script -qec "'$program' -q -r session.pcap -o text:-" /dev/null >out 2>err </dev/null
    expect_text out $'\x1b['
    NO_COLOR=1 TERM=xterm script -qec "'$program' -q -r session.pcap -o text:-" /dev/null >out 2>err </dev/null
    expect_no_text out $'\x1b['
    expect_text out session
    TERM=dumb script -qec "'$program' -q -r session.pcap -o text:-" /dev/null >out 2>err </dev/null
    expect_no_text out $'\x1b['
    expect_text out session
    TERM=xterm script -qec "'$program' -q -r session.pcap -o text:/dev/tty" /dev/null >out 2>err </dev/null
    expect_text out $'\x1b['
    TERM=xterm script -qec "'$program' -q -r session.pcap -o text:x.txt -o json:-" /dev/null >out 2>err </dev/null
    expect_no_text x.txt $'\x1b['
    expect_no_text out $'\x1b['
    expect_text x.txt session
fi

test_that "nothing that an argument, a file or its name holds acts on the terminal or poses as a line"
odd=$'x\e[31mred\e]0;t\a\xc2\x9b1m\n{"forged":1}\r\xff\u202ey\u2028'
harmless_stderr() { # exactly so many lines, none with what a terminal obeys, all of it UTF-8
    expect_lines err "$1"
    if LC_ALL=C tr -d '\n' <err | LC_ALL=C grep -qaP '[\x00-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\xa8-\xae]'
    then fail "stderr has what a terminal obeys"; else pass; fi
    if iconv -f utf-8 -t utf-8 <err >/dev/null 2>&1; then pass; else fail "stderr is not UTF-8"; fi
}
for option in output events ports memory idle-timeout flow-key proxy set disable allow home own-domain \
    fail-on credentials hash-key snaplen buffer stats-interval config "$odd"; do
    run -q -r session.pcap "--$option=$odd@"
    if [ "$code" = 2 ]; then pass; else fail "--$option takes it: exit code $code"; fi
    harmless_stderr 1
done
for arguments in "explain" "explain --" "rules" "-r session.pcap --user" "-r plain.pcap -o json:/nowhere/" "-r"; do
    # shellcheck disable=SC2086 # words
    run -q $arguments"$odd"
    [ "$code" != 0 ] || fail "$arguments takes it"
    # shellcheck disable=SC2086 # words
    run -q $arguments "$odd"
    [ "$code" != 0 ] || fail "$arguments takes it"
    harmless_stderr 1
done
printf '%s\n' "$odd = 1" >odd.conf
run -c odd.conf -r session.pcap
expect_code 2
harmless_stderr 1
printf '\324\303\262\241damaged' >"$odd"
run -q -r "$odd"
expect_code 1
harmless_stderr 1


printf '%d passed, %d failed' "$passed" "$failed"
if [ "$skipped" -gt 0 ]; then printf ', %d skipped' "$skipped"; fi
printf '\n'
[ "$failed" = 0 ]
