#!/usr/bin/python3
"""Makes the shells' completions of what --help says, and holds share/completions to it."""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from toolkit import BINARY, ROOT, Tally, require_binary, run_heloscope

FOLDER = ROOT / "share" / "completions"
OPTION = re.compile(r"^  (?:-(?P<letter>\w), |    )--(?P<name>[\w-]+)(?: (?P<argument>[\w:]+))?"
                    r" +(?P<help>\S.*)$")
COMMAND = re.compile(r"^       heloscope (?P<name>[a-z]+)\b", re.MULTILINE)
COMMAND_HELP = r"^  {name}  +(?P<help>\S.*)$"
# What an option's argument can be: words, a list of words, a file. Others are anything.
WORDS = {
    "credentials": ["redact", "hash", "reveal"],
    "output": ["json:", "text:"],
    "flow-key": ["vlan", "vni", "vlan,vni"],
    "events": ["session", "exchange", "auth", "message", "tls", "anomaly", "stats", "all"],
}
LIST = "heloscope explain --list 2>/dev/null | cut -d ' ' -f 1"
BASH_FILES = 'compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$word")'
MADE = "made by tests/completions.py from heloscope --help"


class Option:
    """One option as --help has it."""

    def __init__(self, match):
        self.letter = match["letter"]
        self.name = match["name"]
        self.argument = match["argument"]
        self.help = match["help"]
        self.words = WORDS.get(self.name, [])
        self.is_file = self.argument == "FILE"

    def spellings(self):
        return ([f"-{self.letter}"] if self.letter else []) + [f"--{self.name}"]


class Help:
    """What --help of the program and of its subcommands says."""

    def __init__(self, binary):
        text = self._text(binary, ["--help"])
        self.options = self._options(text)
        self.commands = {}
        for name in COMMAND.findall(text):
            told = re.search(COMMAND_HELP.format(name=name), text, re.MULTILINE)
            options = self._options(self._text(binary, [name, "--help"]))
            self.commands[name] = (told["help"] if told else name, options)

    @staticmethod
    def _text(binary, arguments):
        run = run_heloscope(binary, arguments)
        if run.problem():
            raise SystemExit(f"{' '.join(arguments)}: {run.problem()}")
        return run.stdout.decode()

    @staticmethod
    def _options(text):
        """The options, each with its help as one line."""
        options = []
        for line in text.splitlines():
            match = OPTION.match(line)
            if match:
                options.append(Option(match))
            elif options and line.startswith(" " * 20):
                options[-1].help += " " + line.strip()
            elif options:
                break
        for option in options:
            option.help = option.help.split(";")[0]
        return options


def words(options):
    return " ".join(spelling for option in options for spelling in option.spellings())


def bash_cases(options):
    """What follows an option that has an argument."""
    cases = []
    for option in options:
        if option.is_file:
            cases.append(("|".join(option.spellings()), BASH_FILES))
        elif option.words:
            cases.append(("|".join(option.spellings()), "mapfile -t COMPREPLY < <(compgen -W "
                          f'"{" ".join(option.words)}" -- "$word")'))
    anything = [spelling for option in options if option.argument and not option.is_file
                and not option.words for spelling in option.spellings()]
    lines = [f"    {spellings}) {command}; return ;;" for spellings, command in cases]
    return "\n".join(lines + [f"    {'|'.join(anything)}) return ;;"])


def bash(told):
    """The completion for bash, which wants no package beside it."""
    commands = []
    for name, (_, options) in told.commands.items():
        listed = f" $({LIST})" if name == "explain" else ""
        commands.append(f"        {name}) candidates=\"{words(options)}{listed}\" ;;")
    return f"""# shellcheck shell=bash
# Completion of heloscope for bash; {MADE}.
_heloscope()
{{
    local word=${{COMP_WORDS[COMP_CWORD]}} candidates="{words(told.options)}"
    COMPREPLY=()
    case ${{COMP_WORDS[COMP_CWORD - 1]}} in
    :) {BASH_FILES}; return ;; # -o json:PATH, in words of its own
{bash_cases(told.options)}
    esac
    if [ "$COMP_CWORD" -eq 1 ]; then
        candidates+=" {" ".join(told.commands)}"
    else
        case ${{COMP_WORDS[1]}} in
{chr(10).join(commands)}
        esac
    fi
    mapfile -t COMPREPLY < <(compgen -W "$candidates" -- "$word")
}}
complete -o nosort -F _heloscope heloscope
"""


def quoted(text):
    """For zsh's specifications and fish's strings."""
    return text.replace("\\", "\\\\").replace("'", "’").replace("[", "(").replace("]", ")")


def zsh_argument(option):
    """What zsh is told of an option's argument."""
    if not option.argument:
        return ""
    action = " "
    if option.is_file:
        action = "_files"
    elif option.words:
        action = "(" + " ".join(word.replace(":", "\\:") for word in option.words) + ")"
    return ":" + option.argument.replace(":", "\\:") + ":" + action


def zsh_spec(option):
    repeated = "*" if option.argument else ""
    told = quoted(option.help).replace(":", "\\:")
    return [f"'{repeated}{spelling}[{told}]{zsh_argument(option)}'"
            for spelling in option.spellings()]


def zsh(told):
    """The completion for zsh."""
    specs = [spec for option in told.options for spec in zsh_spec(option)]
    described = " ".join(f"'{name}:{quoted(text)}'" for name, (text, _) in told.commands.items())
    cases = []
    for name, (_, options) in told.commands.items():
        inner = [spec for option in options for spec in zsh_spec(option)]
        if name == "explain":
            inner.append(f"'*:code or rule:($({LIST}))'".replace("' '", '" "'))
        cases.append(f"    {name})\n        shift words\n        (( CURRENT-- ))\n"
                     "        _arguments " + " \\\n            ".join(inner)
                     + "\n        return\n        ;;")
    return f"""#compdef heloscope
# Completion of heloscope for zsh; {MADE}.
_heloscope()
{{
    local -a commands=({described})
    case ${{words[2]}} in
{chr(10).join(cases)}
    esac
    if (( CURRENT == 2 )) && [[ ${{words[2]}} != -* ]]; then _describe command commands; fi
    _arguments {(" " + chr(92) + chr(10) + "        ").join(specs)}
}}
_heloscope "$@"
"""


def fish_line(condition, option):
    parts = ["complete -c heloscope", condition]
    if option.letter:
        parts.append(f"-s {option.letter}")
    parts.append(f"-l {option.name}")
    if option.argument:
        parts.append("-r" + (" -F" if option.is_file else " -f"))
    if option.words:
        parts.append(f"-a '{' '.join(option.words)}'")
    parts.append(f"-d '{quoted(option.help)}'")
    return " ".join(part for part in parts if part)


def fish(told):
    """The completion for fish."""
    names = " ".join(told.commands)
    none = f"-n 'not __fish_seen_subcommand_from {names}'"
    lines = [f"# Completion of heloscope for fish; {MADE}.", "complete -c heloscope -f"]
    lines += [fish_line(none, option) for option in told.options]
    for name, (text, options) in told.commands.items():
        lines.append(f"complete -c heloscope -n __fish_is_first_arg -a {name} -d '{quoted(text)}'")
        seen = f"-n '__fish_seen_subcommand_from {name}'"
        lines += [fish_line(seen, option) for option in options]
        if name == "explain":
            lines.append(f"complete -c heloscope {seen} -a '(heloscope explain --list 2>/dev/null"
                         " | string replace -r \"  \" \\t)'")
    return "\n".join(lines) + "\n"


FILES = {"heloscope.bash": bash, "_heloscope": zsh, "heloscope.fish": fish}


def check_kept(tally, told, update):
    for name, make in FILES.items():
        path = FOLDER / name
        if update:
            path.parent.mkdir(exist_ok=True)
            path.write_text(make(told), encoding="utf-8")
        kept = path.read_text(encoding="utf-8") if path.exists() else ""
        tally.verdict(f"share/completions/{name} has what --help has",
                      [] if kept == make(told) else ["it has not; tests/completions.py --update"])


def completed(folder, line):
    """What bash makes of a line with the cursor at its end."""
    script = f"""
        PATH={folder}:$PATH; source {FOLDER}/heloscope.bash
        COMP_LINE={line!r}; read -ra COMP_WORDS <<<"$COMP_LINE"
        case $COMP_LINE in *' ') COMP_WORDS+=('') ;; esac
        COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); compopt() {{ :; }}; _heloscope
        printf '%s\\n' "${{COMPREPLY[@]}}" """
    done = subprocess.run(["bash", "-c", script], cwd=ROOT, capture_output=True, timeout=60,
                          check=False)
    return set(done.stdout.decode().split()), done.stderr.decode()


def check_bash(tally, binary):
    """The completion for bash at work."""
    cases = {
        "heloscope --cred": {"--credentials"},
        "heloscope --credentials re": {"redact", "reveal"},
        "heloscope -o ": {"json:", "text:"},
        "heloscope exp": {"explain"},
        "heloscope explain 33": {"334"},
        "heloscope explain 221 55": {"550", "551", "552", "553", "554", "555", "556"},
        "heloscope explain --j": {"--json"},
        "heloscope -r x --exp": set(),
        "heloscope -r READ": {"README.md"},
        "heloscope --memory ": set(),
    }
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "heloscope").symlink_to(Path(binary).resolve())
        for line, wanted in cases.items():
            found, errors = completed(folder, line)
            tally.verdict(f"bash completes '{line}'", [] if found == wanted and not errors
                          else [f"to {sorted(found)}, not {sorted(wanted)} {errors}"])


def check_syntax(tally):
    """Each shell that is there can read its file."""
    for shell, name in zip(("bash", "zsh", "fish"), FILES):
        if shutil.which(shell) is None:
            print(f"left out: {shell} is not installed, {name} is not looked at by it")
            continue
        done = subprocess.run([shell, "-n", str(FOLDER / name)], capture_output=True, timeout=60,
                              check=False)
        tally.verdict(f"{shell} reads {name}", [] if done.returncode == 0 and not done.stderr
                      else [done.stderr.decode()])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--update", action="store_true", help="make the files anew")
    arguments = parser.parse_args()
    require_binary(BINARY)
    tally = Tally()
    told = Help(BINARY)
    tally.verdict("--help has options and commands",
                  [] if len(told.options) >= 13 and "explain" in told.commands else ["it has not"])
    check_kept(tally, told, arguments.update)
    check_syntax(tally)
    check_bash(tally, BINARY)
    return tally.close()


if __name__ == "__main__":
    sys.exit(main())
