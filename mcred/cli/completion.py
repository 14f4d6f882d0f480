"""Shell completion: the values of options and arguments, and the ids that this folder knows.

Only the local copy is read; nothing is fetched, written, or printed but the completions, and on any error
there are none. A shell starts the program for each TAB, so only the typed verb is loaded; verbs and options
are offered by `quick`, and here only to a line with quotes, or to PowerShell.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

import typer

from mcred.cli.terminal import Terminal
from mcred.cli.verbs import VERBS, load, make_parser
from mcred.domain.credential import Attestation
from mcred.domain.people import Shown, Visibility
from mcred.domain.programme import WorkPolicy
from mcred.store.session import git_session

if TYPE_CHECKING:
    from mcred.app.known_ids import Known

Offer = Callable[[typer.Context, str], list[str]]


def complete(edge: Terminal) -> None:
    """Print the completions for the shell that asks, and exit."""
    words = (os.environ.get("COMP_WORDS") or os.environ.get("_TYPER_COMPLETE_ARGS", "")).split()
    try:
        with redirect_stderr(io.StringIO()), git_session():
            for verb in VERBS:
                if verb.name in words:
                    _add_offers(verb.name, load(verb).run)  # type: ignore[attr-defined]
            make_parser()(args=[], prog_name="mcred", standalone_mode=False, obj=edge)
    except (Exception, KeyboardInterrupt):
        # A message would end up in the line that is being typed.
        sys.exit(1)


def _add_offers(verb: str, run: Callable[..., Any]) -> None:
    """Give each parameter of a verb the values that it has in `OFFERS`."""
    hints = get_type_hints(run, include_extras=True)
    for name, hint in hints.items():
        offer = OFFERS.get(f"{verb}.{name}", OFFERS.get(name))
        for info in getattr(hint, "__metadata__", ()):
            info.autocompletion = offer
    run.__annotations__ = hints


def _local(ctx: typer.Context) -> Known:
    from mcred.app.known_ids import open_known

    edge, at = ctx.find_object(Terminal), ctx.find_root().params.get("at")
    return open_known((edge.at if edge else Path()) / (at or Path()).expanduser())


def _definitions(ctx: typer.Context, incomplete: str) -> list[str]:
    return _local(ctx).definitions()


def _policies(ctx: typer.Context, incomplete: str) -> list[str]:
    return _local(ctx).policies()


def _definitions_and_policies(ctx: typer.Context, incomplete: str) -> list[str]:
    return [*_definitions(ctx, incomplete), *_policies(ctx, incomplete)]


def _mine(ctx: typer.Context, incomplete: str) -> list[str]:
    return _local(ctx).mine()


def _submissions(ctx: typer.Context, incomplete: str) -> list[str]:
    """Everyone's submissions by person and micro-credential; my own also without my name."""
    local, (person, slash, _) = _local(ctx), incomplete.partition("/")
    people = {*local.people(), *(name.split("/")[0] for name in local.on_refs("submission"))}
    meant = [p for p in people if (p == person if slash else p.startswith(person))]
    return [*local.mine(), *local.submissions(meant)]


def _people(ctx: typer.Context, incomplete: str) -> list[str]:
    return _local(ctx).people()


def _asking(ctx: typer.Context, incomplete: str) -> list[str]:
    """All people, and those who wait to be confirmed."""
    local = _local(ctx)
    return sorted({*local.people(), *local.on_refs("person")})


def _hosts(ctx: typer.Context, incomplete: str) -> list[str]:
    from mcred.hosting.pick import ADAPTERS

    return [adapter.ci.name for adapter in ADAPTERS.values()]


def _stacks(ctx: typer.Context, incomplete: str) -> list[str]:
    return _local(ctx).stacks()


def _items(ctx: typer.Context, incomplete: str) -> list[str]:
    local, wanted = _local(ctx), ctx.params.get("credential")
    return sorted({item.id for item in local.items([wanted] if wanted else local.mine())})


def _pieces(ctx: typer.Context, incomplete: str) -> list[str]:
    local, wanted = _local(ctx), ctx.params.get("credential")
    return local.pieces([wanted] if wanted else local.mine())


def _parts(ctx: typer.Context, incomplete: str) -> list[str]:
    local, wanted = _local(ctx), ctx.params.get("credential")
    return local.parts([wanted] if wanted else local.mine())


def _verb_names(ctx: typer.Context, incomplete: str) -> list[str]:
    return [verb.name for verb in VERBS]


def _kinds(ctx: typer.Context, incomplete: str) -> list[str]:
    local, wanted, item = _local(ctx), ctx.params.get("credential"), ctx.params.get("item")
    found = [i for i in local.items([wanted] if wanted else local.mine()) if item in (None, i.id)]
    return sorted({kind for i in found for kind in i.accepts})


def _words(*words: str) -> Offer:
    def offer(ctx: typer.Context, incomplete: str) -> list[str]:
        return list(words)

    return offer


OFFERS: Mapping[str, Offer | None] = {
    "credential": _mine,
    "show.credential": _definitions,
    "start.credential": _definitions,
    "new.credential": None,
    "person.credential": _definitions,
    "part": _parts,
    "verb": _verb_names,
    "definition": _definitions_and_policies,
    "badges": _people,
    "policy": _policies,
    "item": _items,
    "piece": _items,
    "pieces": _items,
    "remove.piece": _pieces,
    "kind": _kinds,
    "submission": _submissions,
    "why": _submissions,
    "what": _submissions,
    "add.what": None,
    "let-in.person": _people,
    "let-in.of": _mine,
    "other": _submissions,
    "revoke.award": _submissions,
    "renew.award": _submissions,
    "reissue.award": _submissions,
    "assign.to": _people,
    "instead_of": _people,
    "export.person": _people,
    "person.person": _asking,
    "person.action": _words("list", "add", "import", "vouch"),
    "network.action": _words("build"),
    "trust.action": _words("list", "add", "remove"),
    "key.action": _words("show", "new", "rotate", "recover"),
    "role": _words("expert", "issuer", "coach", "administrator", "maintainer"),
    "publish": _words(*get_args(Visibility)),
    "style": _words("text", "json", "github"),
    "check.style": _words("text", "github"),
    "growth.show": _words(*get_args(Shown), "all", "nothing"),
    "init.host": _hosts,
    "work": _words(*get_args(WorkPolicy)),
    "stack": _stacks,
    "attest": _words("all", *get_args(Attestation)),
    "since": _words("draft", "sent"),
    "until": _words("draft", "sent"),
    "audit.since": None,
    "trust.who": None,
    "endorse.action": _words("list", "sign", "add", "remove", "withdraw"),
    "endorse.about": _words("badge", "definition", "issuer"),
    "verify.trust": None,
    "add-badge.badge": None,
}
"""The values of a parameter, by verb and name, or by name alone; files are left to the shell."""
