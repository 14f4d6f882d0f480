"""What is answered without loading the program: the version, help, verbs and options at TAB (decision 58).

A line that needs more than `help.txt` is left to the program, which answers it in the same words.
"""

from __future__ import annotations

import os
import sys

from mcred import __version__


def answer_quickly(words: list[str]) -> bool:
    """Answer a command line on standard output; False where the program has to, also because that failed."""
    if asked := os.environ.get("_MCRED_COMPLETE", ""):
        text = _complete(asked)
    elif words == ["--version"]:
        text = f"mcred {__version__}\n"
    elif all(words) and 0 < len(words) <= 2 and words[-1] in ("-h", "--help"):
        text = _help("".join(words[:-1]))
    elif 0 < len(words) <= 2 and words[0] == "help":
        text = _help("".join(words[1:]))
    else:
        text = ""
    if not text:
        return False
    try:
        sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]  # as all else is printed
        sys.stdout.write(text)
        sys.stdout.flush()
    except (OSError, AttributeError):
        return False
    return True


def _help(verb: str) -> str:
    from mcred.cli.help import help_of, read_pages

    return help_of(verb) if verb in read_pages() else ""


def _complete(asked: str) -> str:
    """The verbs or options that fit the line being typed, as its shell reads them; else the empty text."""
    shell = asked.removeprefix("complete_")
    line = os.environ.get("COMP_WORDS" if shell == "bash" else "_TYPER_COMPLETE_ARGS", "")
    words = line.split()
    # What quotes do is the program's business.
    if shell not in ("bash", "zsh", "fish") or not words or any(sign in line for sign in "'\"\\"):
        return ""
    if shell == "bash":
        at = int(os.environ.get("COMP_CWORD") or 0)
        typed, begun = words[1:at], words[at] if at < len(words) else ""
    else:
        typed, begun = (words[1:], "") if line[-1].isspace() else (words[1:-1], words[-1])
    offers = _offers(typed, begun)
    if not offers or os.environ.get("_TYPER_COMPLETE_FISH_ACTION") == "is-args":
        return "\n" if offers else ""
    if shell == "zsh":
        told = "\n".join(f'"{_escape(name)}":"{_escape(said)}"' for name, said in offers)
        return f"_arguments '*: :(({told}))'\n"
    return "".join(f"{name}\t{said}\n" if shell == "fish" else f"{name}\n" for name, said in offers)


def _escape(text: str) -> str:
    for sign, safe in (('"', '""'), ("'", "''"), ("$", "\\$"), ("`", "\\`"), (":", r"\\:")):
        text = text.replace(sign, safe)
    return text


def _offers(typed: list[str], begun: str) -> list[tuple[str, str]]:
    """What `begun` may become after the words typed, with what is said of it; nothing for values and ids."""
    from mcred.cli.help import read_pages

    pages = read_pages()
    page, awaits = pages[""], False
    for word in typed:
        if awaits:
            awaits = False
        elif word.startswith("-"):
            options = (*page.options, *pages[""].options)
            awaits = any(word in option.names and option.takes for option in options)
        elif not page.role:
            if word not in pages:
                return []
            page = pages[word]
    if awaits or "--" in typed:
        return []
    if begun.startswith("-"):
        given = {word.partition("=")[0] for word in typed}
        left = [o for o in page.options if o.repeats or given.isdisjoint(o.names)]
        found = [(name, option.said) for option in left for name in option.names]
    else:
        found = [(name, other.about) for name, other in pages.items() if name] if not page.role else []
    return [(name, said) for name, said in found if name.startswith(begun)]
