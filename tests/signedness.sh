#!/bin/bash
# Runs the tests of Base64 and of the AUTH decoders with char signed and with char unsigned: octets
# over 0x7f must be the same to both, as there are machines of both kinds.
set -u

cd "$(dirname "$0")/.." || exit 1
compiler=${CC:-gcc}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
sources=(src/smtp/sasl/*.c src/smtp/{base64,line,marks,mask,path,secrets,stock,text}.c src/base/*.c)
flags=(-std=c17 -g -O1 -D_GNU_SOURCE -Iinclude -Isrc)

# try TEST SIGNEDNESS: what the test prints, that it may be counted.
try() {
    local program=$work/$1$2
    echo "$1 $2"
    if ! "$compiler" "${flags[@]}" "$2" -o "$program" "tests/unit/$1.c" "$work/decoders$2.o" \
        -lcmocka -lcrypto -lb64 || ! "$program"; then
        failed=1
    fi
}

failed=0
for signedness in -fsigned-char -funsigned-char; do
    for source in "${sources[@]}"; do
        object=$work/$(tr / . <<<"${source#src/}")$signedness.o
        "$compiler" "${flags[@]}" "$signedness" -c -o "$object" "$source" || exit 1
    done
    ld -r -o "$work/decoders$signedness.o" "$work"/*.c"$signedness.o" || exit 1
    for test in test_base64 test_sasl test_sasl_malformed; do try "$test" "$signedness"; done
done
exit "$failed"
