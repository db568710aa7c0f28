#!/bin/bash
# Runs every test and sums up: check.sh [--valgrind] LOG-FOLDER UNIT-PROGRAM...
#
# HELOSCOPE=program   the program that the black-box tests run (build/heloscope)
set -u

cd "$(dirname "$0")/.." || exit 1
under_valgrind=
if [ "${1:-}" = --valgrind ]; then
    under_valgrind=yes
    shift
fi
logs=${1:?usage: check.sh [--valgrind] LOG-FOLDER UNIT-PROGRAM...}
shift
export HELOSCOPE=${HELOSCOPE:-$PWD/build/heloscope}
# A leak or an overflow ends the program, and with it the test.
export ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1

# Seconds for each part, many times what it takes: one that hangs has failed.
limit=1200
if [ "$under_valgrind" ]; then limit=4800; fi
leaks=definite,possible
valgrind=(valgrind -q --error-exitcode=99 --leak-check=full --show-leak-kinds="$leaks"
    --errors-for-leak-kinds="$leaks")

# All parts of the suite: a name, and in commands[name] how it is run.
declare -A commands
add() {
    local name=$1
    shift
    names+=("$name")
    commands[$name]=$*
}

names=()
mkdir -p "$logs"
add cli tests/cli.sh "$HELOSCOPE"
for program in "$@"; do
    add "${program##*/}" ${under_valgrind:+"${valgrind[@]}"} "$program"
done
add check_manifest tests/check_manifest.py
add check_secrets tests/check_secrets.py
if [ "$under_valgrind" ]; then
    # The captures, through a program that is the other under valgrind.
    unset 'names[0]'
    printf '#!/bin/sh\nexec %s "%s" "$@"\n' "${valgrind[*]}" "$HELOSCOPE" >"$logs/heloscope"
    chmod +x "$logs/heloscope"
    HELOSCOPE=$(realpath "$logs/heloscope")
else
    add test_tools tests/test_tools.py
    add check_rules tests/check_rules.py
    add any_port tests/any_port.py
    add false_alarms tests/false_alarms.py
    add check_auth_docs tests/check_auth_docs.py
    add check_server_docs tests/check_server_docs.py
    add check_design_docs tests/check_design_docs.py
    add check_robustness_docs tests/check_robustness_docs.py
    add explain tests/explain.py
    add completions tests/completions.py
    add signedness tests/signedness.sh
    add golden tests/golden.py
    # One build is installed like another; those that look closer take longer.
    [ "${SANITIZE:-}${COVERAGE:-}" ] || add install tests/install.sh
fi

# run NAME: leaves NAME.log, and in NAME.result its exit code and its seconds.
run() {
    local start=$SECONDS
    # shellcheck disable=SC2086 # a command and its words
    timeout -k 10 "$limit" ${commands[$1]} >"$logs/$1.log" 2>&1 </dev/null
    echo "$? $((SECONDS - start))" >"$logs/$1.result"
}

# The longest of the last time go first, so that none of them is waited for alone.
by_length() {
    local name
    for name in "${names[@]}"; do
        echo "$(cut -d' ' -f2 "$logs/$name.result" 2>/dev/null || echo 999) $name"
    done | sort -s -k1,1nr | cut -d' ' -f2
}

# Adds up what CMocka and our own programs say of themselves.
count() {
    awk '/^\[  PASSED  \] [0-9]+ test/ { passed += $4 }
         /^\[  FAILED  \] [0-9]+ test/ { failed += $4 }
         /^[0-9]+ passed, [0-9]+ failed/ { passed += $1; failed += $3 }
         END { print passed + 0, failed + 0 }' "$1"
}

passed=0
failed=0
report() {
    local name=$1 code seconds good bad
    read -r code seconds <"$logs/$name.result"
    read -r good bad < <(count "$logs/$name.log")
    # A program that broke off has not told of all its failures.
    if [ "$bad" = 0 ] && { [ "$code" != 0 ] || [ "$good" = 0 ]; }; then bad=1; fi
    passed=$((passed + good))
    failed=$((failed + bad))
    printf '%-24s %5d passed, %3d failed  %4d s\n' "$name" "$good" "$bad" "$seconds"
    if [ "$code" = 124 ]; then printf '    not done after %d s\n' "$limit"; fi
    if [ "$bad" != 0 ]; then
        grep -vE '^\[( RUN      |       OK |==========|  PASSED  )\]' "$logs/$name.log" | head -n 60 |
            sed 's/^/    /'
        printf '    (exit %d; all of it in %s)\n' "$code" "$logs/$name.log"
    fi
}

mapfile -t order < <(by_length)
rm -f "$logs"/*.result
for name in "${order[@]}"; do
    while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do wait -n; done
    run "$name" &
done
wait
for name in "${names[@]}"; do report "$name"; done
printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
