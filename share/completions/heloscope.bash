# shellcheck shell=bash
# Completion of heloscope for bash; made by tests/completions.py from heloscope --help.
_heloscope()
{
    local word=${COMP_WORDS[COMP_CWORD]} candidates="-r --read -i --interface -o --output -e --events --no-promisc --snaplen --buffer --stats-interval --user --ports --only-ports --memory -w --workers --idle-timeout --flow-key --proxy --set --disable --allow --home --own-domain --fail-on --credentials --hash-key --sensor --checksums --sandbox-check -c --config -q --quiet -v --verbose -V --version -h --help"
    COMPREPLY=()
    case ${COMP_WORDS[COMP_CWORD - 1]} in
    :) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;; # -o json:PATH, in words of its own
    -r|--read) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
    -o|--output) mapfile -t COMPREPLY < <(compgen -W "json: text:" -- "$word"); return ;;
    -e|--events) mapfile -t COMPREPLY < <(compgen -W "session exchange auth message tls anomaly stats all" -- "$word"); return ;;
    --flow-key) mapfile -t COMPREPLY < <(compgen -W "vlan vni vlan,vni" -- "$word"); return ;;
    --credentials) mapfile -t COMPREPLY < <(compgen -W "redact hash reveal" -- "$word"); return ;;
    --hash-key) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
    -c|--config) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
    -i|--interface|--snaplen|--buffer|--stats-interval|--user|--ports|--memory|-w|--workers|--idle-timeout|--proxy|--disable|--home|--own-domain|--fail-on|--sensor) return ;;
    esac
    if [ "$COMP_CWORD" -eq 1 ]; then
        candidates+=" explain rules"
    else
        case ${COMP_WORDS[1]} in
        explain) candidates="--json --list -h --help $(heloscope explain --list 2>/dev/null | cut -d ' ' -f 1)" ;;
        rules) candidates="--json -h --help" ;;
        esac
    fi
    mapfile -t COMPREPLY < <(compgen -W "$candidates" -- "$word")
}
complete -o nosort -F _heloscope heloscope
