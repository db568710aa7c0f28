#!/bin/sh
# Measures heloscope against a bare pcap_loop: bench.sh PROGRAM [BENCH-PROGRAMS-FOLDER]
#
# HELO_BENCH_BYTES="1G 4G"   sizes of the captures of mail, made once under build/bench-data
# HELO_BENCH_OTHERS=1G       size of those of other kinds: 1 % SMTP, tiny sessions, huge messages
# HELO_BENCH_RUNS=5          runs of each, alternating
# HELO_BENCH_WORKERS="1 8"   workers of each; one and as many as there are cores unless set
set -eu

program=${1:?usage: bench.sh PROGRAM [BENCH-PROGRAMS-FOLDER]}
tools=${2:-$(dirname "$program")/bench}
here=$(dirname "$0")
data=build/bench-data
sizes=${HELO_BENCH_BYTES:-1G 4G}
others=${HELO_BENCH_OTHERS-1G}
cores=$(nproc)
workers=${HELO_BENCH_WORKERS:-1 $cores}
if [ "$workers" = "1 1" ]; then workers=1; fi
mkdir -p "$data"

make_corpus() { # NAME SIZE OPEN-SESSIONS PERCENT-SMTP KIND
    if [ ! -s "$data/$1.pcap" ] || [ ! -s "$data/$1.info" ]; then
        echo "making $data/$1.pcap" >&2
        "$tools/corpus_make" "$data/$1.pcap" "$2" 1 "$3" "$4" "$5" >"$data/$1.info"
    fi
}

names=
for size in $sizes; do
    make_corpus "smtp-$size" "$size" 2000 100 mail
    names="$names smtp-$size"
    first=${first:-smtp-$size}
done
names="$names $first+exchange"
if [ -n "$others" ]; then
    make_corpus "mixed-$others" "$others" 2000 1 mail
    make_corpus "tiny-$others" "$others" 2000 100 tiny
    make_corpus "huge-$others" "$others" 50 100 huge
    names="$names mixed-$others tiny-$others huge-$others"
fi
"$tools/open"
# shellcheck disable=SC2086 # the names are words
exec python3 "$here/measure.py" --program "$program" --bare "$tools/pcap_bare" \
    --data "$data" --runs "${HELO_BENCH_RUNS:-5}" --workers $workers -- $names
