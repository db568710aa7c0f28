#!/bin/bash
# Holds src/ to its order (docs/design.md, "Rooms"): layers.sh [OBJECT-FOLDER]
#
# Checks who includes whom, that each header compiles alone and is guarded by its own name, that
# parsers neither read nor allocate by themselves, and that the library's objects have no state.
set -u

cd "$(dirname "$0")/.." || exit 1
objects=${1:-}
passed=0
failed=0

verdict() { # WHAT PROBLEMS
    if [ -z "$2" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'FAIL %s\n' "$1"
        printf '%s\n' "$2" | sed 's/^/  /'
    fi
}

# What each room may include besides itself and the public headers: whole rooms, or the one header
# in which it is handed what it works on.
declare -A may=(
    [heloscope]=""
    [base]=""
    [capture]="base"
    [decode]="base"
    [flow]="base decode/segment.h"
    [stream]="base decode/segment.h"
    [classify]="base decode/segment.h flow/flow.h"
    [smtp]="base stream/stream.h"
    [event]="base"
    [rules]="base event"
    [explain]=""
    [report]="base event"
    [cli]="base/message.h"
    [engine]="base decode flow stream classify smtp event rules"
)

# FILE ROOM: lines that include what the room may not.
wrong_includes() {
    local file=$1 room=$2 included allowed ok
    while read -r included; do
        ok=
        for allowed in heloscope "$room" ${may[$room]:-}; do
            case $included in "$allowed" | "$allowed"/*) ok=yes ;; esac
        done
        [ "$ok" ] || echo "$file includes $included"
    done < <(sed -n 's/^ *# *include *"\(.*\)".*/\1/p' "$file")
}

check_includes() {
    local file room known
    for file in $(find include src -name '*.[ch]' | sort); do
        room=${file#*/}
        room=${room%%/*}
        known=${may[$room]-unknown}
        if [ "$known" = unknown ] && [ "$room" != cli ]; then
            echo "$file: no room of that name in tests/layers.sh"
        fi
        wrong_includes "$file" "$room"
    done
}

check_headers() {
    local header guard
    for header in $(find include src -name '*.h' | sort); do
        guard=${header#include/}
        guard=$(tr 'a-z/.' 'A-Z__' <<<"${guard#src/}")
        grep -qx "#ifndef $guard" "$header" || echo "$header: not guarded by $guard"
        printf '#include "%s"\nextern int something;\n' "${header#*/}" |
            "${CC:-gcc}" -std=c17 -Wall -Wextra -Wpedantic -Werror -Iinclude -Isrc -D_GNU_SOURCE \
                -fsyntax-only -x c - 2>&1 | sed -n '/error/p'
    done
}

parsers() {
    find src/decode src/flow src/stream src/classify src/smtp src/event src/rules src/explain -name '*.[ch]' \
        2>/dev/null
}

check_parsers() {
    # shellcheck disable=SC2046 # names without blanks
    grep -nE -e '^# *include *<(unistd|fcntl|poll|time|pcap.*|sys/(socket|stat|time))\.h>' \
        -e '\b(v?f?printf|f?puts|f?putc|putchar|perror|fopen|fread|fwrite|getenv|time)\(' $(parsers)
}

check_allocation() {
    # shellcheck disable=SC2046 # names without blanks
    grep -nE '\b(malloc|calloc|realloc|strdup|strndup|free|alloca)\(' $(parsers)
}

check_state() {
    local object
    for object in $(find "$objects/src" -name '*.o' -not -path '*/cli/*' 2>/dev/null | sort); do
        objdump -h "$object" |
            awk -v object="${object#"$objects"/}" \
                '$2 ~ /^\.(t?data|t?bss)(\.|$)/ && $2 !~ /rel\.ro/ && $3 !~ /^0+$/ {
                     print object ": variables in " $2 }'
    done
}

check_first_line() {
    local file
    for file in $(find include src tests -name '*.[ch]' | sort); do
        head -n 1 "$file" | grep -q '^/\* ' || echo "$file: does not begin by saying its job"
    done
}

verdict "a room includes only what it may know" "$(check_includes)"
verdict "headers compile alone, guarded by their own name" "$(check_headers)"
verdict "parsers neither read, write nor ask the time" "$(check_parsers)"
verdict "parsers allocate through base/mem.h" "$(check_allocation)"
verdict "files begin by saying their job" "$(check_first_line)"
[ -z "$objects" ] || verdict "the library has no variables of its own" "$(check_state)"
printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" = 0 ]
