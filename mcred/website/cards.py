"""View models of micro-credentials and stacks in lists."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from mcred.domain.credential import Credential, Stack, progress
from mcred.domain.ids import CredentialId, Slug
from mcred.website.addresses import credential_image, credential_page, stack_image, stack_page
from mcred.website.views import CredentialCard, StackCard, StackMember

ShownDefinitions = Mapping[CredentialId, Credential]
"""The definitions that have a page, in the order of their ids."""


def credential_card(credential: Credential) -> CredentialCard:
    """A micro-credential with the fields that the catalogue filters by."""
    return CredentialCard(
        id=credential.id,
        title=credential.title,
        competency=credential.competency,
        hours=credential.hours,
        credits=credential.credits,
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


def progress_card(stack: Stack, held: Collection[CredentialId], shown: ShownDefinitions) -> StackCard:
    """A stack with a person's progress; depends on what they hold, and on the stack's micro-credentials."""
    return StackCard(
        title=stack.title,
        needed=stack.needed,
        count=len(stack.credentials),
        page=stack_page(stack.id),
        picture=stack_image(stack.id),
        held=min(progress(stack, frozenset(held))),
        members=tuple(
            StackMember(
                title=shown[name].title,
                language=shown[name].language,
                page=credential_page(name),
                picture=credential_image(name),
                held=name in held,
            )
            for name in stack.credentials
            if name in shown
        ),
    )


def draw_chain(stack: Stack, held: Collection[CredentialId]) -> tuple[str, ...]:
    """The pictures of the held micro-credentials of a stack, in its order; '' for those not held."""
    return tuple(credential_image(name) if name in held else "" for name in stack.credentials)


def live_cards(shown: ShownDefinitions) -> tuple[CredentialCard, ...]:
    """The live micro-credentials by title."""
    return by_title(credential_card(c) for c in shown.values() if c.status == "live")


def by_title(cards: Iterable[CredentialCard]) -> tuple[CredentialCard, ...]:
    """Cards in the order in which they are listed."""
    return tuple(sorted(cards, key=lambda c: (c.title.casefold(), c.id)))


def pick_shown(cards: Iterable[CredentialCard], most: int) -> tuple[CredentialCard, ...]:
    """A selection of micro-credentials from many topics: the first of each, then the second …"""
    topics: dict[str, list[CredentialCard]] = {}
    for card in cards:
        for topic in card.topics:
            topics.setdefault(topic, []).append(card)
    ordered = [topics[name] for name in sorted(topics, key=lambda t: (t.casefold(), t))]
    rounds = max(map(len, ordered), default=0)
    found = {some[n].id: some[n] for n in range(rounds) for some in ordered if n < len(some)}
    return tuple(found.values())[:most]
