#!/bin/bash
# Runs fuzzers one after the other, each for some seconds: run.sh MODE FOLDER SECONDS TARGET...
#
#   libfuzzer  FOLDER/sanitize/fuzz/fuzz_TARGET, corpora in FOLDER/corpus; the seconds begin when
#              seeds and corpus are read; HELO_FUZZ_SEED: the same draw each time
#   afl        FOLDER/sanitize/driver/fuzz_TARGET under afl-fuzz, what it finds in FOLDER/out
#   minimise   what is in FOLDER/corpus, as few and small inputs as reach the same code, as far as
#              they are small, to tests/fuzz/corpus
#
# What breaks lies in FOLDER/found afterwards, and the exit code is 1. A line of figures for each.
set -u

cd "$(dirname "$0")/../.." || exit 1
mode=${1:?MODE} folder=${2:?FOLDER} seconds=${3:?SECONDS}
shift 3
largest=2048 # of an input that is committed
passed=0
failed=0
mkdir -p "$folder/found"
export UBSAN_OPTIONS=halt_on_error=1:abort_on_error=1:symbolize=0

# What the fuzzers begin with: seeds made anew, and the corpus that is committed.
seeds() {
    tests/fuzz/seeds.py "fuzz_$1" "$folder/seeds/$1" || exit 1
    mkdir -p "$folder/corpus/$1"
    if [ -f "tests/fuzz/corpus/$1" ]; then
        tests/fuzz/pack.py unpack "tests/fuzz/corpus/$1" "$folder/seeds/$1" || exit 1
    fi
}

dictionary() { # PREFIX TARGET: the option that names it, where there is one
    if [ -f "tests/fuzz/$2.dict" ]; then echo "$1tests/fuzz/$2.dict"; fi
}

# The fuzzer on what there is to begin with, in folder/TARGET.log: run_fuzzer TARGET OPTION...
run_fuzzer() {
    local target=$1
    shift
    # shellcheck disable=SC2046 # an option or none
    "$folder/sanitize/fuzz/fuzz_$target" "$@" -max_len=16384 -timeout=20 -rss_limit_mb=1024 \
        -print_final_stats=1 -verbosity=1 -detect_leaks=1 $(dictionary -dict= "$target") \
        -artifact_prefix="$folder/found/$target-" "$folder/corpus/$target" "$folder/seeds/$target" \
        >"$folder/$target.log" 2>&1 </dev/null
}

# Why a fuzzer stopped, and its input whole, for others to run it again.
tell_found() {
    local log=$folder/$1.log input
    echo "FAIL $1"
    grep -av '^Base64: ' "$log" | tail -n 40 | cut -c 1-500
    input=$(sed -n 's/.*Test unit written to //p' "$log")
    if [ -f "$input" ]; then echo "base64 -d: $(base64 -w 0 "$input")"; fi
}

# libFuzzer counts its seconds from its start. What it reads first is timed, and comes on top.
with_libfuzzer() {
    local target=$1 log=$folder/$1.log begun=${EPOCHREALTIME/./} loading
    if run_fuzzer "$target" -runs=0; then
        loading=$(((${EPOCHREALTIME/./} - begun) / 1000000 + 1))
        run_fuzzer "$target" -seed="${HELO_FUZZ_SEED:-0}" \
            -max_total_time=$((seconds + loading)) || broken=yes
    else
        broken=yes
    fi
    if [ "$broken" ]; then tell_found "$target"; fi
    awk -v target="$target" '/ cov: / { for (i = 1; i < NF; i++) if ($i == "cov:") edges = $(i + 1)
                                        else if ($i == "ft:") features = $(i + 1) }
        /^#[0-9]+\tINITED/ { read = substr($1, 2) }
        /number_of_executed_units/ { runs = $2 }
        END { if (read == "") read = runs # it ended in between
              printf "%-9s %10d runs behind %5d read  %6d edges  %6d features\n",
                     target, runs - read, read, edges, features
              exit runs == read }' "$log" || broken=yes
}

with_afl() {
    local target=$1 out=$folder/out/$1
    rm -rf "$out"
    # shellcheck disable=SC2046 # an option or none
    AFL_NO_UI=1 AFL_SKIP_CPUFREQ=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_NO_AFFINITY=1 \
        afl-fuzz -V "$seconds" -m none -t 5000+ $(dictionary "-x " "$target") \
        -i "$folder/seeds/$target" -o "$out" -- "$folder/sanitize/driver/fuzz_$target" \
        >"$folder/$target.log" 2>&1 </dev/null || { broken=yes; tail -n 20 "$folder/$target.log"; }
    for crash in "$out"/default/{crashes,hangs}/id*; do
        [ -f "$crash" ] || continue
        broken=yes
        cp "$crash" "$folder/found/$target-${crash##*/}"
    done
    awk -v target="$target" '/^execs_done/ { runs = $3 } /^edges_found/ { edges = $3 }
        /^saved_crashes/ { crashes = $3 }
        END { printf "%-9s %10d runs  %6d edges  %6d crashes\n", target, runs, edges, crashes }' \
        "$out/default/fuzzer_stats"
}

minimise() {
    local target=$1 small=$folder/small/$1 merged=$folder/merged/$1
    rm -rf "$small" "$merged"
    mkdir -p "$small" "$merged" tests/fuzz/corpus
    find "$folder/corpus/$target" "$folder/seeds/$target" -type f -size -$((largest + 1))c \
        -exec cp -t "$small" {} +
    "$folder/sanitize/fuzz/fuzz_$target" -merge=1 -max_len=16384 -timeout=20 "$merged" "$small" \
        >"$folder/$target.merge.log" 2>&1 </dev/null || broken=yes
    tests/fuzz/pack.py pack "$merged" "tests/fuzz/corpus/$target"
}

for target in "$@"; do
    broken=
    seeds "$target"
    case $mode in
    libfuzzer) with_libfuzzer "$target" ;;
    afl) with_afl "$target" ;;
    minimise) minimise "$target" ;;
    *) exit 2 ;;
    esac
    if [ "$broken" ]; then failed=$((failed + 1)); else passed=$((passed + 1)); fi
done
printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" = 0 ]
