#!/bin/bash
# What `make install` puts down is enough to build and run another program; uninstall takes it away.
set -u

cd "$(dirname "$0")/.." || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
failed=0
expect() { # WHAT COMMAND...
    local what=$1
    shift
    if "$@" >"$work/log" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'FAILED: %s\n' "$what"
        sed '/^  \(CC\|LD\) /d; s/^/    /' "$work/log"
    fi
}

# A build of its own, whatever kind of build it is called from.
unset MAKEFLAGS MFLAGS MAKELEVEL SANITIZE COVERAGE
build=(make -s BUILD="$work/build" DESTDIR="$work/root" PREFIX=/opt/helo OPTIMISE=-O0)
prefix=$work/root/opt/helo

cat >"$work/client.c" <<'END'
#include <heloscope/capture.h>
#include <heloscope/heloscope.h>
#include <heloscope/report.h>

static bool read_packet(void *engine, const struct helo_packet *packet)
{
    helo_engine_packet(engine, packet);
    return true;
}

static void count(void *context, const struct helo_event *event)
{
    *(int *)context += event->dataset == HELO_DATASET_SESSION;
}

int main(int argc, char **argv)
{
    struct helo_config config;
    struct helo_error error;
    struct helo_engine *engine;
    struct helo_capture *capture;
    int sessions = 0;
    const char *const *paths = (const char *const *)(argv + 1);

    helo_config_init(&config);
    if (helo_engine_new(&config, count, &sessions, &engine, &error) != HELO_OK ||
        helo_capture_open_files(paths, (size_t)argc - 1, NULL, &capture, &error) != HELO_OK ||
        helo_capture_run(capture, read_packet, engine, &error) != HELO_OK)
        return 1;
    helo_engine_flush(engine);
    helo_capture_close(capture);
    helo_engine_free(engine);
    return sessions != 1;
}
END

compile() {
    local flags
    flags=$(PKG_CONFIG_PATH=$prefix/lib/pkgconfig pkg-config --define-variable=prefix="$prefix" \
        --cflags --libs heloscope) || return 1
    # shellcheck disable=SC2086 # words
    "${CC:-cc}" -Wall -Werror -o "$work/client" "$work/client.c" $flags
}

# Where there is a systemd-sysusers; the file has one line in any case.
makes_the_user() {
    local file=$prefix/lib/sysusers.d/heloscope.conf
    [ "$(grep -c '^u heloscope - ' "$file")" = 1 ] || return 1
    command -v systemd-sysusers >/dev/null && [ "$(id -u)" = 0 ] || return 0
    mkdir -p "$work/users/etc" && systemd-sysusers --root="$work/users" "$file" &&
        grep -q '^heloscope:' "$work/users/etc/passwd"
}

nothing_is_left() {
    [ -z "$(find "$work/root" -type f)" ]
}

expect "it installs" "${build[@]}" install
expect "the program runs" "$prefix/bin/heloscope" -q -r pcaps/postfix-plain.pcap
expect "the manual page, the schema and the licence are there" \
    ls "$prefix"/share/{man/man1/heloscope.1,heloscope/heloscope.schema.json,doc/heloscope/LICENSE}
expect "the completions are there" ls "$prefix"/share/bash-completion/completions/heloscope \
    "$prefix"/share/zsh/site-functions/_heloscope "$prefix"/share/fish/vendor_completions.d/heloscope.fish
expect "systemd-sysusers makes the user from what is installed" makes_the_user
expect "the unit runs the installed program" \
    grep -q '^ExecStart=/opt/helo/bin/heloscope -i %i ' "$prefix/lib/systemd/system/heloscope@.service"
expect "a program compiles with the installed headers and pkg-config" compile
expect "that program finds the session of a capture" "$work/client" pcaps/postfix-plain.pcap
expect "it uninstalls" "${build[@]}" uninstall
expect "nothing is left" nothing_is_left
printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" = 0 ]
