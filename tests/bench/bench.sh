#!/bin/sh
# Measures heloscope against a bare pcap_loop: bench.sh PROGRAM [BENCH-PROGRAMS-FOLDER]
#
# HELO_BENCH_BYTES="1G 4G"   sizes of the captures, made once under build/bench-data
# HELO_BENCH_RUNS=5          runs of each, alternating
# HELO_BENCH_MIXED=1G        size of a capture of which 1 % is SMTP; empty: none
set -eu

program=${1:?usage: bench.sh PROGRAM [BENCH-PROGRAMS-FOLDER]}
tools=${2:-$(dirname "$program")/bench}
here=$(dirname "$0")
data=build/bench-data
sizes=${HELO_BENCH_BYTES:-1G 4G}
mixed=${HELO_BENCH_MIXED-1G}
mkdir -p "$data"

make_corpus() { # NAME SIZE OPEN-SESSIONS PERCENT-SMTP
    if [ ! -s "$data/$1.pcap" ] || [ ! -s "$data/$1.info" ]; then
        echo "making $data/$1.pcap" >&2
        "$tools/corpus_make" "$data/$1.pcap" "$2" 1 "$3" "$4" >"$data/$1.info"
    fi
}

names=
for size in $sizes; do
    make_corpus "smtp-$size" "$size" 2000 100
    names="$names smtp-$size"
done
if [ -n "$mixed" ]; then
    make_corpus "mixed-$mixed" "$mixed" 2000 1
    names="$names mixed-$mixed"
fi
"$tools/open"
# shellcheck disable=SC2086 # the names are words
exec python3 "$here/measure.py" --program "$program" --bare "$tools/pcap_bare" \
    --data "$data" --runs "${HELO_BENCH_RUNS:-5}" $names
