#!/bin/bash
# Everything that can be said of the sources without running them: lint.sh [BUILD-FOLDER]
set -u

cd "$(dirname "$0")/.." || exit 1
out=${1:-build}
passed=0
failed=0
mkdir -p "$out"

check() { # NAME COMMAND...: passes when the command does.
    local name=$1 start=$SECONDS
    shift
    if "$@" >"$out/lint.log" 2>&1; then
        passed=$((passed + 1))
        printf 'ok    %s (%d s)\n' "$name" $((SECONDS - start))
    else
        failed=$((failed + 1))
        printf 'FAIL  %s (%d s)\n' "$name" $((SECONDS - start))
        sed '/^  \(CC\|LD\) /d; s/^/    /' "$out/lint.log" | head -n 80
    fi
}

needs() { # NAME PROGRAM COMMAND...: the same where the program is there.
    local name=$1 program=$2
    shift 2
    if command -v "$program" >/dev/null; then
        check "$name" "$@"
    else
        printf 'left  %s: %s is not installed\n' "$name" "$program"
    fi
}

# The project's own text files: what git knows, and what it would be told of.
sources() {
    git ls-files --cached --others --exclude-standard -- "$@" | sort -u |
        while read -r file; do [ -f "$file" ] && echo "$file"; done
}

scripts() {
    sources | while read -r file; do
        head -c 64 "$file" | head -n 1 | grep -aqE '^#!.*\b(ba)?sh\b' && echo "$file"
    done
}

# find_words WHAT PATTERN FILE...: fails where a line has the pattern.
find_words() {
    local pattern=$1
    shift
    ! grep -nIE -- "$pattern" "$@"
}

mapfile -t c_files < <(sources 'include/*.h' 'src/*.[ch]' 'tests/*.[ch]')
mapfile -t shell_files < <(scripts)
mapfile -t python_files < <(sources '*.py')
mapfile -t text_files < <(sources | grep -vE '\.pcap(ng)?(\.gz|\.zst)?$|^tests/(golden|fuzz/(corpus|regressions))/')

# The brackets keep these patterns from finding themselves.
unfinished='\b(TO[D]O|FIX[M]E)\b'
machine_paths='(^|[^A-Za-z0-9_.}$/])/(wor[k]|hom[e]|User[s]|roo[t])/[A-Za-z]'

check "format: clang-format leaves the C files as they are" \
    clang-format --dry-run -Werror "${c_files[@]}"
check "clang-tidy, as .clang-tidy says" "${MAKE:-make}" -k tidy
check "cppcheck" cppcheck -q -j "$(nproc)" --enable=warning,performance,portability \
    --std=c11 --inline-suppr --error-exitcode=1 -Iinclude -Isrc -D_GNU_SOURCE src
check "layers: who includes whom, headers alone, no state" tests/layers.sh "$out"
needs "shellcheck" shellcheck shellcheck "${shell_files[@]}"
check "Python files compile" python3 -c 'import ast, sys
for name in sys.argv[1:]: ast.parse(open(name, encoding="utf-8").read(), name)' "${python_files[@]}"
check "nothing is left for later in the text" find_words "$unfinished" "${text_files[@]}"
check "no path of a machine" find_words "$machine_paths" "${text_files[@]}"
check "no blanks at the ends of lines" find_words '[[:blank:]]+$' \
    "${c_files[@]}" "${shell_files[@]}" "${python_files[@]}"
printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" = 0 ]
