"""View models of micro-credentials and stacks in lists."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from mcred.domain.credential import Credential, Stack, progress
from mcred.domain.ids import CredentialId, Slug, suggest_id
from mcred.website.addresses import credential_image, credential_page, stack_image, stack_page
from mcred.website.views import CredentialCard, StackCard, Topic

ShownDefinitions = Mapping[CredentialId, Credential]
"""The definitions that have a page, in the order of their ids."""


def credential_card(credential: Credential) -> CredentialCard:
    """A micro-credential with the fields that the catalogue filters by."""
    return CredentialCard(
        id=credential.id,
        title=credential.title,
        competency=credential.competency,
        hours=credential.hours,
        language=credential.language,
        page=credential_page(credential.id),
        picture=credential_image(credential.id),
        topics=credential.topics,
        needs_students=credential.needs_students,
        kinds=kinds_of(credential),
    )


def kinds_of(credential: Credential) -> tuple[Slug, ...]:
    """The types of evidence it accepts, each once, in the order of its items."""
    return tuple(dict.fromkeys(kind for item in credential.items for kind in item.accepts))


def stack_card(stack: Stack, shown: ShownDefinitions) -> StackCard:
    """A stack with the pictures of its micro-credentials that have a page, in its order."""
    return StackCard(
        title=stack.title,
        needed=stack.needed,
        count=len(stack.credentials),
        page=stack_page(stack.id),
        picture=stack_image(stack.id),
        chain=tuple(credential_image(name) for name in stack.credentials if name in shown),
    )


def progress_card(stack: Stack, held: Collection[CredentialId]) -> StackCard:
    """A stack with a person's progress; depends only on what they hold."""
    return StackCard(
        title=stack.title,
        needed=stack.needed,
        count=len(stack.credentials),
        page=stack_page(stack.id),
        picture=stack_image(stack.id),
        chain=draw_chain(stack, held),
        held=min(progress(stack, frozenset(held))),
    )


def draw_chain(stack: Stack, held: Collection[CredentialId]) -> tuple[str, ...]:
    """The pictures of the held micro-credentials of a stack, in its order; '' for those not held."""
    return tuple(credential_image(name) if name in held else "" for name in stack.credentials)


def list_topics(shown: ShownDefinitions) -> tuple[Topic, ...]:
    """The live micro-credentials by topic; one with two topics is listed under both."""
    return group_by_topic(credential_card(c) for c in shown.values() if c.status == "live")


def group_by_topic(cards: Iterable[CredentialCard]) -> tuple[Topic, ...]:
    """Cards by topic, each topic's by title."""
    live = sorted(cards, key=lambda c: (c.title.casefold(), c.id))
    names = sorted({t for c in live for t in c.topics}, key=lambda t: (t.casefold(), t))
    anchors: dict[str, str] = {}
    for number, name in enumerate(names, start=1):
        anchor = f"topic-{suggest_id(name) or number}"
        anchors[name] = f"{anchor}-{number}" if anchor in anchors.values() else anchor
    return tuple(
        Topic(name=name, anchor=anchors[name], cards=tuple(c for c in live if name in c.topics))
        for name in names
    )


def pick_shown(topics: tuple[Topic, ...], most: int) -> tuple[CredentialCard, ...]:
    """A selection of micro-credentials from many topics: the first of each, then the second …"""
    rounds = max((len(t.cards) for t in topics), default=0)
    found = {t.cards[n].id: t.cards[n] for n in range(rounds) for t in topics if n < len(t.cards)}
    return tuple(found.values())[:most]
