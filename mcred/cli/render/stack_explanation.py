"""Renders `mcred explain ana/stacks/talk`, and the same for the file of such a badge."""

from __future__ import annotations

from mcred.app.awards.explain_stack import StackStory
from mcred.cli.render.explanation import head, say_later, tell_findings
from mcred.cli.show import Show


def tell_stack(show: Show, story: StackStory) -> None:
    """Print everything in order."""
    show.title(f"{story.award.title if story.award else story.stack}: {story}")
    head(show, "What it was awarded for")
    if story.definition is None or story.given is None:
        show.say("What it was awarded by cannot be read, so there is nothing more to show.", style="bold red")
    else:
        needed, count = story.definition.needed, len(story.definition.credentials)
        rule = f"all {count}" if needed == count else f"any {needed} of {count}"
        show.say(
            f"Awarded by rule on {story.given.date()}: anyone with {rule} micro-credentials of the stack, "
            f"version {story.definition.version}, has earned it (record {story.given_in[:12]})."
        )
        show.table(("for the badge", "from the award"), story.contained)
    head(show, "Since then")
    if not story.happened:
        show.say("No changes: the badge stands as issued.")
    for happening in story.happened:
        show.say(say_later(happening), style="bold red" if happening.kind == "revoked" else "")
    tell_findings(show, story, str(story), is_final=True)
    awards = [of.partition(",")[0] for _, of in story.contained if of]
    show.next("mcred audit" if story.findings or not awards else f"mcred explain {awards[0]}")
