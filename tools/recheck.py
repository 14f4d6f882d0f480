"""A second checker of a programme's record, written from docs/record.md and nothing else.

    python tools/recheck.py CLONE

It says of each award and each stack badge on `main` "proved", "proved by override", "not proved" or "cannot
tell", and why, and ends with 0, 1 or 7. It needs git, Python 3.11 or newer and `cryptography`, and nothing of
mcred. Numbers such as L4 or D12 are the rules of the page. Left out are rules whose findings count against no
award and take nothing away (L8, R5, V5, twins of different steps); of several findings about one thing the
first is said. There is no JSON-LD here, so of the issuer's two signatures in a badge it checks the
second, and none where there is one alone (B10).
"""

from __future__ import annotations

import base64
import copy
import gzip
import hashlib
import json
import os
import re
import subprocess
import sys
import unicodedata
import uuid
import zlib
from calendar import monthrange
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from functools import cache, cached_property
from typing import Any, ClassVar, NamedTuple
from urllib.parse import quote, unquote_to_bytes, urlsplit, urlunsplit
from zoneinfo import ZoneInfo

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256, SHA512

Json = Any
Entry = tuple[str, str]
"""Mode and object id."""
Changes = dict[str, tuple[Entry | None, Entry | None]]


class Wrong(Exception):
    """A finding; its text is the code."""


class CannotTell(Exception):
    """What the page lets a small checker leave open, or an object that is missing."""


def need(holds: object, code: str) -> None:
    """One rule: what must hold, and the finding if it does not."""
    if not holds:
        raise Wrong(code)


# 1 and 2. The clone, its commits and their signatures ------------------------------------------------------


@dataclass(frozen=True)
class Commit:
    """A commit, parsed (S1)."""

    raw: bytes

    @cached_property
    def parts(self) -> tuple[list[bytes], bytes]:
        """The lines of the header, and the body with the empty line before it."""
        head, gap, body = self.raw.partition(b"\n\n")
        return head.split(b"\n"), gap + body

    @cached_property
    def tree(self) -> str:
        """The root folder."""
        return self.parts[0][0].removeprefix(b"tree ").decode()

    @cached_property
    def parents(self) -> tuple[str, ...]:
        """The parents, in order (S1)."""
        found: list[str] = []
        for line in self.parts[0][1:]:
            if not line.startswith(b"parent "):
                break
            found.append(line[7:].decode())
        return tuple(found)

    @cached_property
    def when(self) -> datetime:
        """The author date with its zone (S5)."""
        line = next((x for x in self.parts[0] if x.startswith(b"author ")), b"")
        with suppress(ValueError, OverflowError):
            if m := re.fullmatch(rb"author .*> (-?\d+) ([+-])(\d\d)(\d\d)", line):
                ahead = timedelta(hours=int(m[3]), minutes=int(m[4])) * (1 if m[2] == b"+" else -1)
                return datetime.fromtimestamp(int(m[1]), timezone(ahead))
        return datetime.fromtimestamp(0, UTC)

    @cached_property
    def trailers(self) -> dict[str, str]:
        """The `Mcred-` lines of the last paragraph (S6)."""
        text = self.parts[1].decode("utf-8", "replace").replace("\r\n", "\n").strip("\n")
        paragraphs = [p for p in re.split(r"\n(?:[ \t]*\n)+", text) if p]
        lines = paragraphs[-1].split("\n") if len(paragraphs) > 1 else []
        found = [re.fullmatch(r"([A-Za-z][A-Za-z0-9-]*): *(.*)", line) for line in lines]
        pairs = [(m[1], m[2].strip()) for m in found if m and m[1].startswith("Mcred-")]
        times = Counter(name for name, _ in pairs)
        return {name: value for name, value in pairs if times[name] == 1} if all(found) else {}

    @cached_property
    def key(self) -> str | None:
        """The signing key, or none (S2 to S4)."""
        try:
            return self._key()
        except (ValueError, IndexError, InvalidSignature, UnicodeDecodeError):
            return None

    def _key(self) -> str | None:
        head, body = self.parts
        (at,) = [i for i, line in enumerate(head) if line.startswith(b"gpgsig")]
        end = next((i for i in range(at + 1, len(head)) if not head[i].startswith(b" ")), len(head))
        if not head[at].startswith(b"gpgsig "):
            return None
        armor = b"\n".join([head[at][7:], *(line[1:] for line in head[at + 1 : end])]).decode("ascii").strip()
        begin, *middle, last = armor.split("\n")
        marks = ("-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----")
        if len(armor) > 16384 or (begin, last) != marks or armor.count("-----") != 4:
            return None
        data = strict_base64("".join(middle))
        if data[:10] != b"SSHSIG\0\0\0\1":
            return None
        public, space, reserved, hash_name, signature = ssh_strings(data[10:])
        if (space, reserved) != (b"git", b"") or hash_name not in (b"sha256", b"sha512"):
            return None
        signed = b"\n".join(head[:at] + head[end:]) + body
        digest = hashlib.new(hash_name.decode(), signed).digest()
        message = b"SSHSIG" + b"".join(map(ssh_string, (b"git", b"", hash_name, digest)))
        kind, *numbers = ssh_strings(public)
        how, value = ssh_strings(signature)
        if (kind, how) == (b"ssh-ed25519", b"ssh-ed25519") and len(numbers) == 1 and len(value) == 64:
            Ed25519PublicKey.from_public_bytes(numbers[0]).verify(value, message)
        elif kind == b"ssh-rsa" and how in (b"rsa-sha2-256", b"rsa-sha2-512"):
            e, n = (int.from_bytes(x, "big") for x in numbers)
            chosen = SHA256() if how == b"rsa-sha2-256" else SHA512()
            rsa.RSAPublicNumbers(e, n).public_key().verify(value, message, padding.PKCS1v15(), chosen)
        else:
            return None
        return f"{kind.decode()} {base64.b64encode(public).decode()}"


parsed = cache(Commit)
"""Each commit's signature is checked once, however many clones have it."""


def ssh_string(data: bytes) -> bytes:
    """A length and so many bytes (S3)."""
    return len(data).to_bytes(4, "big") + data


def ssh_strings(data: bytes) -> list[bytes]:
    """The strings that fill the data exactly (S3)."""
    found = []
    while data:
        end = 4 + int.from_bytes(data[:4], "big")
        if len(data) < max(end, 4):
            raise ValueError
        found.append(data[4:end])
        data = data[end:]
    return found


def strict_base64(text: str) -> bytes:
    """Base64 in its one spelling."""
    data = base64.b64decode(text, validate=True)
    if base64.b64encode(data).decode() != text:
        raise ValueError
    return data


class Clone:
    """Objects by their ids, and nothing else of the clone (L1)."""

    def __init__(self, place: str) -> None:
        env = {**os.environ, "GIT_NO_REPLACE_OBJECTS": "1", "GIT_NO_LAZY_FETCH": "1"}
        git = ["git", "-C", place, "-c", "core.commitGraph=false"]
        pipe = subprocess.PIPE
        self._cat = subprocess.Popen([*git, "cat-file", "--batch"], env=env, stdin=pipe, stdout=pipe)
        self.commit = cache(lambda name: parsed(self.get(name)[1]))
        self.tree, self.count = cache(self._tree), cache(self._count)
        self.files = cache(self._files)

    def close(self) -> None:
        """End git."""
        self._cat.communicate()

    def get(self, name: str) -> tuple[str, bytes]:
        """An object's id and content."""
        source, answers = self._cat.stdin, self._cat.stdout
        assert source and answers  # noqa: S101
        source.write(name.encode() + b"\n")
        source.flush()
        head = answers.readline().split()
        if len(head) != 3:
            raise CannotTell(f"{name} is missing")
        data = answers.read(int(head[2]))
        answers.read(1)
        made = hashlib.new(
            "sha1" if len(head[0]) == 40 else "sha256", b"%s %d\0" % (head[1], len(data)) + data
        )
        if made.hexdigest() != head[0].decode():
            raise CannotTell(f"{name} is not what its name says")
        return head[0].decode(), data

    def _tree(self, name: str) -> dict[str, Entry]:
        # A folder's entries; the names of folders end with "/". A name that is twice has an odd mode (P4).
        found: dict[str, Entry] = {}
        data, at = self.get(name)[1] if name else b"", 0
        width = len(name) // 2
        while at < len(data):
            space, end = data.index(b" ", at), data.index(b"\0", at)
            mode = data[at:space].decode().zfill(6)
            part = data[space + 1 : end].decode("utf-8", "surrogateescape")
            at = end + 1 + width
            part += "/" if mode == "040000" else ""
            found[part] = ("twice" if part in found else mode, data[end + 1 : at].hex())
        for part in [p for p in found if p + "/" in found]:
            found[part] = ("twice", found[part][1])
        return found

    def _files(self, tree: str) -> dict[str, Entry]:
        return {path: new for path, (_, new) in self.changes("", tree).items() if new}

    def changes(self, old: str, new: str, at: str = "") -> Changes:
        """The paths that differ between two folders, in the order of their bytes (L7)."""
        if not at and self.count(old, new) > 250_000:
            raise CannotTell("there are more changes than can be listed")
        depth, found = at.count("/"), Changes()
        for part, x, y in self.differing(old, new):
            inner = (x[1] if x else "", y[1] if y else "")
            listed = part.endswith("/") and depth < 40
            if listed and (depth < 2 or self.count(*inner, depth + 1) <= 20_000):
                found |= self.changes(*inner, at + part)
            else:
                found[at + part.rstrip("/")] = (x, y)
        return found if at else dict(sorted(found.items(), key=lambda c: os.fsencode(c[0])))

    def differing(self, old: str, new: str) -> list[tuple[str, Entry | None, Entry | None]]:
        """The entries that differ between two folders."""
        a, b = self.tree(old), self.tree(new)
        return [
            (part, a.get(part), b.get(part)) for part in a.keys() | b.keys() if a.get(part) != b.get(part)
        ]

    def _count(self, old: str, new: str, depth: int = 0) -> int:
        found = 0
        for part, x, y in self.differing(old, new):
            listed = part.endswith("/") and depth < 40
            found += self.count(x[1] if x else "", y[1] if y else "", depth + 1) if listed else 1
        return found

    def reach(self, tips: Sequence[str], without: set[str] | frozenset[str] = frozenset()) -> dict[str, None]:
        """All commits that some commits reach, but those of a set; parents come first."""
        found: dict[str, None] = {}
        todo = [(tip, False) for tip in reversed(tips)]
        while todo:
            at, done = todo.pop()
            if done:
                found[at] = None
            elif at not in found and at not in without:
                todo += [
                    (at, True),
                    *((p, False) for p in reversed(self.commit(at).parents) if p not in found),
                ]
        return found

    def tip(self) -> str:
        """The end of the line (L2)."""
        tips = []
        for ref in ("refs/heads/main", "refs/remotes/origin/main"):
            with suppress(CannotTell):
                tips.append(self.get(ref)[0])
        for tip in tips:
            if set(tips) <= self.reach([tip]).keys():
                return tip
        raise CannotTell("there is no main line")


class Link(NamedTuple):
    """A commit of the line."""

    commit: str
    before: str | None
    step: bool


WATCHED = ("mcred.yaml", "mcred.yaml/", "credentials", "credentials/", "portfolios", "portfolios/")


def walk(clone: Clone) -> list[Link]:
    """The line, oldest first (L3 to L5)."""
    line: list[Link] = []
    at: str | None = clone.tip()

    def state(name: str) -> list[Entry | None]:
        return [clone.tree(clone.commit(name).tree).get(x) for x in WATCHED]

    while at:
        commit = clone.commit(at)
        same = [p for p in commit.parents if state(p) == state(at)]
        if len(commit.parents) > 1 and commit.parents[0] not in same and "Mcred-Event" in commit.trailers:
            same = []
        begun = [p for p in commit.parents if any(state(p)[:2])]
        before = next(iter([*same, *begun, *commit.parents]), None)
        line.append(Link(at, before, not before or not same or clone.commit(before).tree != commit.tree))
        at = before
    line.reverse()
    first = next((i for i, x in enumerate(line) if any(state(x.commit)[:2])), None)
    if first is None:
        raise CannotTell("no programme is founded on the main line")
    return [Link(line[first].commit, None, True), *line[first + 1 :]]


# 3. Paths --------------------------------------------------------------------------------------------------

ID = r"(?!(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?![a-z0-9-]))[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
PARTS = {"e": ID, "x": ID, "c": rf"(?!(?:stacks|status)(?:/|$)){ID}", "any": ".+"}
PARTS |= {
    "n": "[1-9][0-9]{0,3}",
    "k": "[1-9][0-9]{0,3}",
    "k2": "(?!1[^0-9])[1-9][0-9]{0,3}",
    "d": "[0-9a-f]{64}",
}
TABLE = r"""
programme: mcred.yaml
definition: credentials/<c>/credential.yaml
picture: credentials/<c>/badge.svg
picture: credentials/<c>/badge.png
example: credentials/<c>/examples/[^/]+/<any>
stack: credentials/stacks/<x>.yaml
status list: credentials/status/<n>.json
withdrawal: credentials/status/withdrawn/<d>.json
profile: portfolios/<e>/profile.yaml
invitation: portfolios/<e>/invitation.json
recognized: portfolios/<e>/recognized-<x>-<k>.json
submission: …/submission.yaml
evidence: …/evidence(?:/<any>)?
answers: …/[^/]*.md
request: …/attempts/<n>/request.json
disclosure list: …/attempts/<n>/disclosures.json
assessment: …/attempts/<n>/reviews/<x>.json
declined: …/attempts/<n>/declined/<x>.json
assignment: …/attempts/<n>/assignments/<k>.json
override: …/attempts/<n>/override.json
decision: …/attempts/<n>/decision.json
award: …/attempts/<n>/badge(?:-<k2>)?.json
reissue: …/attempts/<n>/reissue-<k2>.json
revocation: …/attempts/<n>/revocation.json
erasure: …/attempts/<n>/erased/<k>.json
stack award: portfolios/<e>/stacks/<x>/<n>/badge.json
stack reissue: portfolios/<e>/stacks/<x>/<n>/reissue.json
stack revocation: portfolios/<e>/stacks/<x>/<n>/revocation.json
template: templates/<any>
recognition policy: recognition/<x>.yaml
recognition examples: recognition/<x>.examples.yaml
endorsement: endorsements/<x>.json
stray: …/<any>
stray: portfolios/<e>/<any>
"""


def place_form(text: str) -> re.Pattern[str]:
    """The pattern of a row of the table."""
    text = text.replace("…", "portfolios/<e>/<c>").replace(".json", "[.]json").replace(".yaml", "[.]yaml")
    text = text.replace("*.md", "*[.]md").replace("badge.", "badge[.]")
    return re.compile(re.sub(r"<(\w+)>", lambda m: f"(?P<{m[1]}>{PARTS[m[1]]})", text), re.DOTALL)


KINDS = [(k, place_form(form)) for k, form in re.findall("(.+): (.+)", TABLE)]
RECOGNITION = {"recognition policy", "recognition examples"}
BESIDE = {"template", "loose", "endorsement"} | RECOGNITION
SENT = {"request", "disclosure list"}
EARNERS = {"submission", "evidence", "answers"} | SENT
STACKS = {"stack award", "stack reissue", "stack revocation"}
ANSWERS = {"assessment", "declined", "override"}
FINAL = {"assignment", "decision", "award", "reissue", "revocation", "erasure", "recognized"}
FINAL |= {"withdrawal"} | SENT | ANSWERS | STACKS


class Place(NamedTuple):
    """What a path means; `who`: the assessor or stack; `number`: <k> or <k2>, or the <n> of no attempt."""

    kind: str
    person: str = ""
    submission: str = ""
    attempt: int = 0
    number: int = 1
    who: str = ""


@cache
def place(path: str) -> Place:
    """The kind of a path and what it belongs to (P1, P2)."""
    odd = any(part in ("", ".", "..") for part in path.split("/"))
    for kind, form in KINDS:
        if not (m := form.fullmatch(path)):
            continue
        got = {**dict.fromkeys(["e", "c", "n", "k", "k2", "x"], ""), **m.groupdict("")}
        if odd and path.startswith(("credentials/", "portfolios/")):
            return Place("stray", got["e"]) if got["e"] else Place("loose")
        about = f"{got['e']}/{got['c']}" if got["e"] and got["c"] else ""
        number = int(got["k"] or got["k2"] or (got["n"] if not about else "") or 1)
        return Place(kind, got["e"], about, int(got["n"] or 0) if about else 0, number, got["x"])
    return Place("loose")


def is_earners(path: str) -> bool:
    """A file of the earner's (P3)."""
    at = place(path)
    return bool(at.submission) and (at.kind in SENT or not path.split("/", 3)[3].startswith("attempts/"))


HIDDEN_IN_NAMES = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)
WINDOWS = r"(?i)(con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])(?: *\..*)?"
ACTING = """.gitattributes .gitmodules .gitconfig .mailmap .lfsconfig .github .gitlab .gitlab-ci.yml .gitea
.forgejo .circleci .woodpecker .woodpecker.yml .woodpecker.yaml .travis.yml .drone.yml .ci .buildkite
jenkinsfile azure-pipelines.yml bitbucket-pipelines.yml .pre-commit-config.yaml"""


def one(path: str) -> str:
    """The name that a path is for programs that do not tell spellings apart (P4)."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())


@cache
def bad_part(part: str) -> bool:
    """A name that no file and no folder should have (P4.2, P5)."""
    plain = HIDDEN_IN_NAMES.sub("", part).casefold().partition(":")[0].rstrip(". ")
    return (
        part in ("", ".", "..")
        or bool(re.search(r'[\udc80-\udcff<>:"\\|?*]|[. ]$|^ |\n', part) or HIDDEN_IN_NAMES.search(part))
        or bool(re.fullmatch(r"\.git|git~[0-9]+|gi[0-9a-f]{4}~[0-9]+", plain) or re.fullmatch(WINDOWS, part))
        or len(os.fsencode(part)) > 200
        or unicodedata.normalize("NFC", part) != part
    )


def bad_files(files: Mapping[str, Entry]) -> set[str]:
    """The bad ones among some files (P4)."""
    bad, names = set(), dict[str, str]()
    usual = {"loose", "stray", *EARNERS}
    for path in sorted(files, key=lambda p: (one(p) != p, os.fsencode(p))):
        parts = path.split("/")
        acts = parts[0] == "portfolios" and any(part.lower() in ACTING.split() for part in parts[1:])
        meant = place(one(path)).kind
        disguised = one(path) != path and meant not in usual and place(path).kind != meant
        folders = ["/".join(parts[: n + 1]) for n in range(len(parts))]
        twin = any(names.setdefault(one(folder), folder) != folder for folder in folders)
        if (
            files[path][0] not in ("100644", "100755")
            or acts
            or disguised
            or twin
            or any(map(bad_part, parts))
        ):
            bad.add(path)
    return bad


# 4 and 5. What is written ----------------------------------------------------------------------------------

PLANES = "".join(f"\\U{p:04x}fffe\\U{p:04x}ffff" for p in range(17))
HIDDEN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029\ufeff\u202a-\u202e\u2066-\u2069"
    rf"\ufdd0-\ufdef{PLANES}]"
)
RULE = "every criterion at its required level"
SHAPES = """
programme {format!:int issuer!:{id!:id name!:line url:url email:line description:text
  keys:[{id!:text100 multibase!:text100 since!:date until:date}]}
  roles!:{maintainers!:[id] issuers!:[id] experts:[id] experts_for:{*:[id]} coaches:[id] administrators:[id]}
  assessment:{expert_submissions=50:int experts=1:int peers=3:int too_few_peers=experts:experts
    outcome=median:median due_days=10:int max_open=4:int
    override=two-issuers:two-issuers|reason|never
    conflicts=self,same-school,declared:[self|same-school|declared]}
  attempts:{coach_after=3:int note_required=true:bool carry_over=unchanged:unchanged|none} evidence_types:[id]
  work=sealed:sealed|open recovery:text100
  signatures=required:required|recorded site:{url:url language=en:text35}
  review_host?:{kind!:github|gitlab|gitea|bare url:url repository:line}
  equivalents:[{credential!:id issuer!:url achievement!:url keys:[line]}]
  endorsers:[{name!:line id!:url keys:[line]}]}
profile {format!:int id!:id name!:line school:line email?:{hash!:mailhash salt!:salt sealed!:age}
  keys!:[{public!:text1000 since!:date retired:date}]
  reading:[{public!:text100 since!:date retired:date}] accounts:{*:line} conflicts:[id]
  publish=private:public|unlisted|private thanked:bool share_work:bool
  growth:{*:[drafts|attempts|reviews|levels]}}
definition {format!:int id!:id version!:version status=live:draft|live|retired title!:line topics!:[line]
  language=en:text35 issuer:line contributors:[line] hours?:int credits?:credits needs_students=true:bool
  competency!:text400 key_method!:text600 for_recognizers:text
  method_components!:[{id!:id title!:line text!:text}]
  research!:[{citation!:text1000 url:url summary:text}]
  resources!:[{title!:line url:url component?:id free=true:bool summary:text}]
  alignment:[{framework!:line code:line name!:line url:url}] prerequisites:[id]
  derived_from?:{repository!:url id!:id version!:version} scales!:{*:[id]}
  parts!:[{id!:id title!:line kind!:overview|artifacts|reflection scale!:id text:text
    items!:[{id!:id title!:line text:text words?:{min:int max?:int mode=limit:limit|guide} accepts:[id]
      min=1:int max=1:int students:bool media?:{max_minutes?:int}}]
    criteria!:[{id!:id title!:line items:[id] levels!:{*:text} required?:id guidance:text}]}]
  award_rule:rule assessment:{expert_submissions?:int experts?:int peers?:int due_days?:int}
  attestations=ready,own-work,release:[ready|own-work|release|student-consent|ai-use]
  fee?:{amount!:int currency=USD:text3 per=attempt:attempt|award}
  validity?:{months!:int renew=delta:delta|full}}
stack {format!:int id!:id version!:version title!:line text:text topics:[line] credits?:credits
  credentials!:[id] need?:int ordered:bool for_recognizers:text}
recognition-policy {format!:int id!:id title!:line text:text
  issuers!:[{id!:id name:line program:bool known_as:[url] achievements:{*:url}}]
  overrides!:accepted|refused earned_within_months?:int recognizers:[id]
  rules!:[{id!:id title:line issuers:[id] credentials:[{id!:id from_version?:version}] stacks:[id]
    levels?:{every?:id criteria:{*:id} best_criteria:int} worth!:{unit*:amount}}]
  equivalents:[{credentials!:[sub] because!:text}] time_zone=UTC:line school_year_begins=07-01:monthday
  adjustments:[{id!:id submit_by!:monthday pay_from!:monthday}]
  caps:[{most!:{unit*:amount} per!:school-year|calendar-year|adjustment|months|all-time months?:int}]
  lanes:[{id!:id title!:line needs!:{unit*:amount} pays:{unit*:amount}}]}
submission {format!:int credential!:id version!:version attempt=1:int note:text
  attestations:[ready|own-work|release|student-consent|ai-use] evidence:[{item!:id type!:id title!:line
  file:text400 url:url sha256:text64 about:text students:bool}]}
request {submission!:sub attempt!:int definition!:{version!:version blob!:hash} main!:hash rule!:expert|peer
  assessed_before!:int panel!:[id] candidates!:[{person!:id open!:int}] pool!:{sha256!:text64 open!:[int]}
  at_limit:[id] reasons:[text]
  carried:[id] requested!:time due!:date pieces!:[{commitment!:text43 item?:id type!:id}]
  attestations:[ready|own-work|release|student-consent|ai-use] work?:hash}
disclosures {disclosures!:[text]}
review {submission!:sub attempt!:int assessor!:id judged!:hash main!:hash
  definition!:{version!:version blob!:hash} assessed!:time conflict!:none
  scores:[{criterion!:id level!:id feedback:text}] summary:text commitments:[text43] sealed:text262144
  key:text262144 attested?:{kind!:github|gitlab|gitea|bare
  host!:line account!:line review!:line text!:text64 by!:id}}
declined {submission!:sub attempt!:int assessor!:id judged!:hash main!:hash declined!:time because!:text}
assignment {submission!:sub attempt!:int number!:int judged!:hash issuer!:id instead_of!:id to!:id
  assigned!:time because!:text}
decision {submission!:sub attempt!:int outcome!:award|revise|decline issuer!:id decided!:time judged!:hash
  definition!:{version!:version blob!:hash} rule!:expert|peer
  basis!:[{assessor!:id commit!:hash attested?:id}]
  levels:[{criterion!:id level!:id carried:bool by_issuer:bool feedback:text reason:text}]
  recommended?:award|revise|decline reason:text feedback:text
  opened:[{attempt!:int assessor?:id levels!:[text262144]}] commitments:[text43] sealed:text262144
  flags:[text] badge:int
  checkpoint?:{commit!:hash awards!:int} declined:[{assessor!:id commit!:hash attested?:id}]
  override?:{issuer!:id commit!:hash opened:text262144}}
override {submission!:sub attempt!:int issuer!:id judged!:hash main!:hash proposed!:time
  commitment:text43 sealed:text262144 outcome?:award|revise|decline reason:text
  levels:[{criterion!:id level!:id carried:bool by_issuer:bool feedback:text reason:text}]}
reissue {submission!:sub attempt!:int number!:int act!:renew|reissue issuer!:id issued!:time reason!:text
  replaces!:url}
revocation {submission!:sub attempt!:int issuer!:id revoked!:time reason!:text}
erasure {submission!:sub attempt!:int number!:int by!:id erased!:time reason!:text pieces!:[text]}
invitation {person!:id key!:text1000 by!:id invited!:time expires!:date}
recognized {person!:id policy!:id number!:int by!:id recorded!:time main!:hash blob!:hash as_of!:date
  lines!:[{badge!:line rule?:id earned?:date pay_from?:date amounts!:[{unit!:unit amount!:signed}]}]
  total!:[{unit!:unit amount!:signed}]}
stack-reissue {earner!:id stack!:id number!:int issuer!:id issued!:time reason!:text replaces!:url}
stack-revocation {earner!:id stack!:id number!:int issuer!:id revoked!:time reason!:text}
"""
TO_28 = "0[1-9]|1[0-9]|2[0-8]"
NUMBER = "(?:0|[1-9][0-9]{0,5})"
PATTERNS = {
    "id": ID,
    "mailhash": r"sha256\$[0-9a-f]{64}",
    "salt": "[0-9a-f]{32}",
    "age": r"YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0\+[A-Za-z0-9+/]{200,16000}={0,2}",
    "version": rf"{NUMBER}\.{NUMBER}(?:\.{NUMBER})?",
    "hash": "[0-9a-f]{40}|[0-9a-f]{64}",
    "sub": f"{ID}/{ID}",
    "date": "[0-9]{4}-[0-9]{2}-[0-9]{2}",
    "monthday": rf"(?:0[1-9]|1[0-2])-(?:{TO_28})|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31",
    "unit": "hours|credits|license_points|(?:stipend|salary)_[a-z]{3}(?:_per_year)?",
    "credits": r"(?=.*[1-9])(?:100(?:\.0{1,2})?|[1-9]?[0-9](?:\.[0-9]{1,2})?)",
    "amount": r"(?:0|[1-9][0-9]{0,8})(?:\.[0-9]{1,4})?",
    "signed": r"-?[0-9]{1,12}(?:\.[0-9]{1,4})?",
    "time": r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(?:\.[0-9]{6})?(?:Z|[+-][0-9]{2}:[0-9]{2})",
}
LENGTHS = {"line": 200, "text": 6000, "url": 2000}


def read_shape(words: Iterator[str]) -> Any:
    """A type: a word, [type], or {name: (mark, default, type)}; `!` is required, `?` may be nothing."""
    word = next(words)
    if word == "[":
        inner = [read_shape(words)]
        next(words)
        return inner
    if word != "{":
        return word
    fields = {}
    while (name := next(words)) != "}":
        m = re.fullmatch(r"([\w*]+)([!?]?)=?(.*):", name)
        fields[m[1] if m else name] = (m[2] if m else "", m[3] if m else "", read_shape(words))
    return fields


TOKENS = iter(re.findall(r"[\[\]{}]|[\w*]+[!?]?(?:=[\w,-]+)?:|[\w|-]+", SHAPES))
TABLES = {word: read_shape(TOKENS) for word in TOKENS}


def fit(shape: Any, value: Json, strict: bool) -> Json:
    """What a value means by its type; `strict` is for records (J4, J5). Wrong if it has not that type."""
    if isinstance(shape, list):
        need(isinstance(value, list), "unreadable")
        return [fit(shape[0], v, strict) for v in value]
    if isinstance(shape, dict):
        need(isinstance(value, dict), "unreadable")
        if key := next((name for name in shape if name.endswith("*")), ""):
            inner, of = shape[key][2], key[:-1] or "id"
            empty: Json = [] if isinstance(inner, list) else ""
            return {
                fit(of, k, False): fit(inner, empty if v is None else v, strict) for k, v in value.items()
            }
        return fit_fields(shape, value, strict)
    if (shape == "int" and strict) or (shape == "bool" and strict):
        need(type(value) is {"int": int, "bool": bool}[shape], "unreadable")
        return value
    need(isinstance(value, str) and not HIDDEN.search(value), "unreadable")
    return fit_text(shape, value)


def fit_fields(shape: dict[str, Any], value: dict[str, Json], strict: bool) -> dict[str, Json]:
    """A mapping with the keys of a table, and the defaults of those not given."""
    need(value.keys() <= shape.keys(), "unreadable")
    found = {}
    for name, (mark, text, inner) in shape.items():
        default: Json = None
        if isinstance(inner, list):
            default = text.split(",") if text else []
        elif isinstance(inner, dict):
            default = None if mark else fit(inner, {}, False)
        elif mark != "?":
            default = fit_text(inner, text or EMPTY[inner]) if text or inner in EMPTY else ""
        if value.get(name) is None:
            need(mark != "!" and not (strict and name in value), "unreadable")
            found[name] = default
        else:
            found[name] = fit(inner, value[name], strict)
            need(not strict or mark == "!" or found[name] != default, "unreadable")
    return found


def fit_text(shape: str, value: str) -> Json:
    """What a text means by its type."""
    try:
        if shape in PATTERNS:
            need(re.fullmatch(PATTERNS[shape], value), "unreadable")
            if shape == "date":
                date.fromisoformat(value)
            elif shape == "time":
                need(moment(value).isoformat().replace("+00:00", "Z") == value, "unreadable")
            return value
    except ValueError:
        raise Wrong("unreadable") from None
    if shape == "int":
        need(re.fullmatch("0|[1-9][0-9]{0,8}", value), "unreadable")
        return int(value)
    if shape == "bool":
        need(value in ("true", "false"), "unreadable")
        return value == "true"
    if shape == "rule":
        return award_rule(" ".join(value.lower().split()))
    if m := re.fullmatch("(line|text|url)([0-9]*)", shape):
        need(len(value) <= int(m[2] or LENGTHS[m[1]]), "unreadable")
    else:
        need(value in shape.split("|"), "unreadable")
    return value


EMPTY = {"int": "0", "bool": "false", "rule": RULE}


def award_rule(text: str) -> str:
    """The award rule in its one spelling."""
    if m := re.fullmatch("points ?>= ?([0-9]{1,4})", text):
        need(int(m[1]), "unreadable")
        return f"points >= {int(m[1])}"
    if m := re.fullmatch("([0-9]{1,3}) of ([0-9]{1,3})", text):
        need(0 < int(m[1]) <= int(m[2]), "unreadable")
        return f"{int(m[1])} of {int(m[2])}"
    need(text == RULE, "unreadable")
    return text


def moment(text: str) -> datetime:
    """A time of a record."""
    return datetime.fromisoformat(text)


class Yaml:
    """The subset of section 4.2. What is no YAML is Wrong; what is not in the subset cannot be told."""

    KEY = re.compile(r"""([A-Za-z0-9_-]+|'[A-Za-z0-9_-]+'|"[A-Za-z0-9_-]+") *:(?= |$)""")
    FOLD = re.compile(r"[ \t]*\n(?:[ \t]*\n)*[ \t]*")
    NAMES: ClassVar = dict(
        zip('nt"\\/0abefrv_NLP ', '\n\t"\\/\0\a\b\x1b\f\r\v\xa0\x85\u2028\u2029 ', strict=True)
    )

    def __init__(self, text: str) -> None:
        self.lines, self.at = text.split("\n"), 0
        for line in self.lines:
            if re.match(r"---|\.\.\.|\s*\? ", line):
                raise CannotTell("YAML that is not in the subset")
            need(not line.startswith("%"), "unreadable")

    def whole(self) -> Json:
        """The value of the file."""
        found = self.block(self.skip(), -1)
        need(self.skip() < 0, "unreadable")
        return found

    def skip(self) -> int:
        """Go on to the next line that says something; its indentation, or -1 (Y1)."""
        while self.at < len(self.lines):
            line = self.lines[self.at]
            if line.strip() and not line.lstrip().startswith("#"):
                need(line.lstrip(" ")[0] != "\t", "unreadable")
                return len(line) - len(line.lstrip(" "))
            self.at += 1
        return -1

    def is_dash(self, indent: int) -> bool:
        """An entry of a list stands here."""
        return re.match(r"-(?: |$)", self.lines[self.at][indent:]) is not None

    def block(self, indent: int, outer: int) -> Json:
        """What stands at an indentation (Y2, Y3)."""
        need(indent >= 0, "unreadable")
        if self.is_dash(indent):
            entries = []
            while self.skip() == indent and self.is_dash(indent):
                entries.append(self.after(indent + 1, indent, True))
            need(self.skip() <= indent, "unreadable")
            return entries
        if not self.KEY.match(self.lines[self.at], indent):
            return self.text(indent, outer)
        found: dict[str, Json] = {}
        while self.skip() == indent and not self.is_dash(indent):
            m = self.KEY.match(self.lines[self.at], indent)
            need(m and m[1].strip("'\"") not in found, "unreadable")
            if m:
                found[m[1].strip("'\"")] = self.after(m.end(), indent, False)
        need(self.skip() < indent or (self.skip() == indent and self.is_dash(indent)), "unreadable")
        return found

    def after(self, column: int, indent: int, dash: bool) -> Json:
        """The value after a key's colon or a list's dash."""
        line = self.lines[self.at]
        rest = line[column:].lstrip()
        if rest and not rest.startswith("#"):
            start = len(line) - len(rest)
            self.lines[self.at] = " " * start + rest
            return self.block(start, indent) if dash else self.text(start, indent)
        self.at += 1
        deeper = self.skip()
        if deeper > indent or (deeper == indent and not dash and self.is_dash(indent)):
            return self.block(deeper, indent)
        return None

    def text(self, start: int, indent: int) -> Json:
        """A text, or brackets (Y4 to Y8)."""
        first = self.lines[self.at][start]
        if first in "|>":
            return self.literal(start, indent)
        if first in "'\"[{":
            rest = "\n".join(self.lines[self.at :])
            found, end = self.flow(rest, start)
            self.at += rest.count("\n", 0, end) + 1
            need(re.match(r"[ \t]*(?:[ \t]#[^\n]*)?(?:\n|$)", rest[end:]), "unreadable")
            return found
        texts: list[str] = []
        while True:
            line = self.lines[self.at]
            texts.append(re.sub(r"[ \t]#.*", "", line[start:] if not texts else line))
            self.at += 1
            ahead = next(
                (i for i in range(self.at, len(self.lines)) if self.lines[i].strip()), len(self.lines)
            )
            more = self.lines[ahead] if ahead < len(self.lines) else ""
            deeper = (
                bool(more)
                and len(more) - len(more.lstrip(" ")) > indent
                and not more.lstrip().startswith("#")
            )
            if not deeper or len(texts[-1]) < len(line[start:] if len(texts) == 1 else line):
                return self.plain("\n".join(texts))
            texts += [""] * (ahead - self.at)
            self.at = ahead

    def plain(self, text: str) -> str | None:
        """A text without quotes (Y5)."""
        text = text.strip()
        need(not re.match(r"""[!&*%@`"'#|>\[\]{},]|[-?:](?:\s|$)""", text), "unreadable")
        need(not re.search(r":(?:\s|$)", text), "unreadable")
        return None if text in ("", "~", "null") else self.fold(text)

    def fold(self, text: str) -> str:
        """One text of several lines (Y7)."""
        return self.FOLD.sub(lambda m: "\n" * (m[0].count("\n") - 1) or " ", text)

    def flow(self, text: str, at: int) -> tuple[Json, int]:
        """Quotes and brackets from a place on: the value and its end (Y4, Y6)."""
        if m := re.compile(r"'((?:[^']|'')*)'", re.DOTALL).match(text, at):
            return self.fold(m[1]).replace("''", "'"), m.end()
        if m := re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL).match(text, at):
            escape = r"\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|\n[ \t]*|.)|" + self.FOLD.pattern
            return re.sub(escape, self.escaped, m[1]), m.end()
        if text[at] not in "[{":
            m = re.compile(r"(?:[^,\[\]{}:#\n]|:(?![\s,\[\]{}])|(?<!\s)#|\n(?!\s*#))*").match(text, at)
            return (self.plain(m[0]), m.end()) if m else (None, at)
        entries: list[Json] = []
        pairs: dict[str, Json] = {}
        close, gap = {"[": "]", "{": "}"}[text[at]], re.compile(r"(?:\s|(?<=\s)#[^\n]*)*")
        at = gap.match(text, at + 1).end()  # type: ignore[union-attr]
        while text[at : at + 1] != close:
            need(text[at : at + 1] not in ("", ",", "]", "}"), "unreadable")
            value, at = self.flow(text, at)
            at = gap.match(text, at).end()  # type: ignore[union-attr]
            if close == "}":
                need(isinstance(value, str) and value not in pairs and text[at : at + 1] == ":", "unreadable")
                at = gap.match(text, at + 1).end()  # type: ignore[union-attr]
                pairs[value], at = (None, at) if text[at : at + 1] in (",", "}") else self.flow(text, at)
                at = gap.match(text, at).end()  # type: ignore[union-attr]
            else:
                entries.append(value)
            need(text[at : at + 1] in (",", close), "unreadable")
            at = gap.match(text, at + 1).end() if text[at] == "," else at  # type: ignore[union-attr]
        return (entries if close == "]" else pairs), at + 1

    def escaped(self, m: re.Match[str]) -> str:
        """What an escape or a line's end in double quotes means."""
        said = m[1]
        if said is None:
            return "\n" * (m[0].count("\n") - 1) or " "
        if said[0] == "\n":
            return ""
        if said[0] in "xuU" and len(said) > 1:
            need(int(said[1:], 16) < 0x110000, "unreadable")
            return chr(int(said[1:], 16))
        need(said in self.NAMES, "unreadable")
        return self.NAMES[said]

    def literal(self, start: int, indent: int) -> str:
        """A block of text (Y8)."""
        m = re.fullmatch(r"([|>])([1-9]?)([-+]?)(?:[ \t]+#.*)?[ \t]*", self.lines[self.at][start:])
        self.at += 1
        rest = self.lines[self.at :]
        first = next((x for x in rest if x.strip(" ")), "")
        if m is None:
            raise Wrong("unreadable")
        width = max(indent, 0) + int(m[2]) if m[2] else len(first) - len(first.lstrip(" "))
        taken = next((i for i, x in enumerate(rest) if x.strip(" ") and x[:width].strip(" ")), len(rest))
        taken = 0 if width <= indent else taken
        self.at += taken
        # The last piece after a file's last line end is no line.
        last = taken == len(rest) and rest[-1:] == [""]
        text = "\n".join(x[width:] for x in rest[:taken]) + ("" if last or not taken else "\n")
        body = text.rstrip("\n")
        if m[1] == ">":
            folded = re.sub(r"(?m)^([^ \t\n].*)\n(\n*)(?=[^ \t\n])", lambda x: x[1] + (x[2] or " "), body)
        else:
            folded = body
        ends = text[len(body) :]
        return folded + {"-": "", "+": ends, "": "\n" if body else ""}[m[3]]


def weigh(value: Json, depth: int = 1) -> int:
    """How many values there are; not more than 20 levels, 10,000 values and no hidden character."""
    need(depth <= 20, "unreadable")
    need(not isinstance(value, str) or not HIDDEN.search(value), "unreadable")
    inside = [*value.keys(), *value.values()] if isinstance(value, dict) else value
    total = 1 + (sum(weigh(v, depth + 1) for v in inside) if isinstance(value, dict | list) else 0)
    need(total <= 10_000, "unreadable")
    return total


def document(data: bytes) -> Json:
    """A badge or a status list (J7), or None."""

    def once(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
        need(len(dict(pairs)) == len(pairs), "unreadable")
        return dict(pairs)

    def never(_: str) -> Json:
        raise Wrong("unreadable")

    def levels(value: Json) -> int:
        inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
        return 1 + max(map(levels, inside), default=0) if isinstance(value, dict | list) else 0

    try:
        found = json.loads(data.decode(), object_pairs_hook=once, parse_constant=never)
        json.dumps(found, ensure_ascii=False).encode()
        return found if isinstance(found, dict) and len(data) <= 262144 and levels(found) <= 32 else None
    except (ValueError, Wrong, RecursionError):
        return None


def record(data: bytes, kind: str) -> Json:
    """A record in its one spelling (J1 to J5)."""
    found = json.loads(data.decode())
    need(
        json.dumps(found, indent=2, sort_keys=True, ensure_ascii=False) + "\n" == data.decode(), "unreadable"
    )
    need(isinstance(found, dict) and found.pop("kind", "") == kind, "unreadable")
    need(found.get("format") == 2 and type(found.pop("format")) is int, "unreadable")
    return fit(TABLES[kind], found, True)


def written(data: bytes, kind: str) -> Json:
    """A file that people write (4.1)."""
    text = data.decode().removeprefix("\ufeff").replace("\r\n", "\n")
    need(not HIDDEN.search(text), "unreadable")
    found = Yaml(text).whole()
    weigh(found)
    found = fit(TABLES[kind], found, False)
    need(found["format"] == 2, "unreadable")
    return found


RECORDS = {"request", "declined", "assignment", "decision", "override", "reissue", "revocation", "erasure"}
RECORDS |= {"invitation", "recognized"}
RECORD_OF = {k: k.replace(" ", "-") for k in RECORDS | {"stack reissue", "stack revocation"}}
RECORD_OF |= {"assessment": "review", "disclosure list": "disclosures"}
WRITTEN = {"programme", "profile", "definition", "stack", "submission", "recognition-policy"}


@cache
def read_as(data: bytes, kind: str) -> Json:
    """The value of a file, or None."""
    try:
        need(len(data) <= 262144, "unreadable")
        value = written(data, kind) if kind in WRITTEN else record(data, kind)
        return value if kind != "definition" or criteria(value) else None
    except (Wrong, ValueError, RecursionError):
        return None


class Library:
    """The files of a clone, as values."""

    def __init__(self, clone: Clone) -> None:
        self.clone = clone
        self.content = cache(lambda blob: clone.get(blob)[1])
        self.document = cache(lambda blob: document(self.content(blob)))
        self.value = cache(self._value)

    def _value(self, blob: str, kind: str) -> Json:
        return read_as(self.content(blob), kind)

    def readable(self, path: str, entry: Entry | None) -> Json:
        """What stands at a path, None where it is not readable there (4.1, J6)."""
        at = place(path)
        value = self.value(entry[1], RECORD_OF.get(at.kind, at.kind)) if entry else None
        own = {"submission": at.submission, "attempt": at.attempt, "number": at.number}
        if at.kind == "profile":
            own = {"id": at.person}
        elif at.kind == "invitation":
            own = {"person": at.person}
        elif at.kind == "recognized":
            own = {"person": at.person, "policy": at.who, "number": at.number}
        elif at.kind == "definition":
            own = {"id": path.split("/")[1]}
        elif at.kind.startswith("stack"):
            own = {"id": at.who, "earner": at.person, "stack": at.who, "number": at.number}
        elif at.kind in ANSWERS | SENT | {"submission", "programme"}:
            own = {}
        return value if value and all(value.get(k, v) == v for k, v in own.items()) else None

    def policy(self, name: str, blob: str) -> Json:
        """The recognition policy in a blob, None where it cannot be counted with (R15)."""
        value = self.value(blob, "recognition-policy") if blob else None
        if not value or value["id"] != name:
            return None
        months = [value["earned_within_months"], *(cap["months"] for cap in value["caps"])]
        return value if zone(value["time_zone"]) and all(n is None or 0 < n <= 1200 for n in months) else None

    def files(self, commit: str) -> dict[str, Entry]:
        """All files of a commit."""
        return self.clone.files(self.clone.commit(commit).tree)

    def digest(self, blob: str) -> Json:
        """The size and SHA-256 of a file's content (D9a)."""
        data = self.content(blob)
        return {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}

    def contents(self, commit: str, about: str) -> dict[str, Json]:
        """The size and SHA-256 of each file of the work, by its path below the folder (P3)."""
        return {
            path.split("/", 3)[3]: self.digest(blob)
            for path, (_, blob) in self.files(commit).items()
            if place(path).submission == about and is_earners(path) and place(path).kind not in SENT
        }

    def request(self, commit: str, about: str) -> Json:
        """The readable request of a state that was sent, of the attempt that its trailers say, or None."""
        attempt = self.clone.commit(commit).trailers.get("Mcred-Attempt", "")
        path = f"portfolios/{about}/attempts/{attempt}/request.json"
        found = self.readable(path, self.files(commit).get(path)) if place(path).kind == "request" else None
        return found

    def work(self, commit: str, about: str) -> Json:
        """The readable `submission.yaml` of a commit, with the blob of each entry's file, or None (4.1)."""
        files, folder = self.files(commit), f"portfolios/{about}/"
        found = self.readable(f"{folder}submission.yaml", files.get(f"{folder}submission.yaml"))
        if not found or found["credential"] != about.split("/")[1]:
            return None
        names = [e["file"] or e["url"] for e in found["evidence"]]
        parts = [e["file"].split("/") for e in found["evidence"] if e["file"]]
        if (
            len(set(names)) < len(names)
            or any(p[0] != "evidence" or len(p) < 2 or {"", ".", ".."} & set(p) for p in parts)
            or any(e["sha256"] and not re.fullmatch("[0-9a-f]{64}", e["sha256"]) for e in found["evidence"])
            or any(e["url"] and not re.match("https?://", e["url"]) for e in found["evidence"])
        ):
            return None
        for entry in (found := copy.deepcopy(found))["evidence"]:
            plain = folder + unicodedata.normalize("NFC", entry["file"])
            at = files.get(plain) or files.get(folder + entry["file"])
            entry["blob"] = at[1] if at and entry["file"] else ""
        return found


UNSEEN = (
    r"[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    r"\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
BLURRED = rf"(?m)^{UNSEEN}*([ ]{{0,3}}##)(?!#)(?:{UNSEEN}|[\u00a0\u2000-\u200a\u202f\u3000 ])+"
COMMENT_OR_CODE = re.compile(
    r"""(?P<comment><!--(?:.*?-->|.*))
    |^[ ]{0,3}(?P<fence>`{3,}|~{3,}).*?(?:^[ ]{0,3}(?P=fence)|\Z)
    |(?<!`)(?P<ticks>`+)(?!`)[^\n]*?(?<!`)(?P=ticks)(?!`)""",
    re.DOTALL | re.MULTILINE | re.VERBOSE,
)
DEEP = r"(?=[ \t>]*(?:[-+*]|[0-9]+[.)]))(?:[ \t>]|(?:[-+*]|[0-9]{1,9}[.)])(?=[ \t]|$)){40}"
FENCE = r" {0,3}(`{3,}(?=[^`]*$)|~{3,})(.*)"
HEADING = r" {0,3}(#{1,6})(?=[ \t]|$)(.*)"
ODD = r" {2,3}(?:#{1,2}(?:[ \t]|$)|`{3}|~{3})| {0,3}<[A-Za-z/!?]|.*\0"
UNDERLINE = r" {0,3}(?:=+|-+)[ \t]*"


def heading_key(text: str) -> str:
    """What two headings that are the same have in common (M1)."""
    return " ".join(unicodedata.normalize("NFC", re.sub(UNSEEN, "", text)).casefold().split())


def sections(data: bytes) -> list[tuple[str, list[str]]]:
    """The key of each second-level heading of a written part, and the words below it (M1 to M3)."""
    text = re.sub("\r\n?", "\n", data.decode().removeprefix("\ufeff"))
    text = COMMENT_OR_CODE.sub(lambda m: "\n" * m[0].count("\n") if m["comment"] else m[0], text)
    lines = re.sub(BLURRED, r"\1 ", text).split("\n")
    usual = len(lines) <= 10_000 and not any(re.match(DEEP, line) for line in lines)
    found, words, fence, above = list[tuple[str, list[str]]](), list[str](), "", ""
    for line in lines:
        odd = re.match(ODD, line) or (above and re.fullmatch(UNDERLINE, line))
        if usual and odd and not fence:
            raise CannotTell("Markdown that only CommonMark reads")
        above, head = "", None
        if marks := re.match(FENCE, line):
            closes = marks[1].startswith(fence) and not marks[2].strip(" \t")
            fence = ("" if closes else fence) if fence else marks[1]
        elif not fence and (head := re.match(HEADING, line)):
            title = head[2].strip(" \t")
            rest = title.rstrip("#")
            title = rest if not rest or rest.endswith((" ", "\t")) else title
        elif not fence:
            above = line.strip(" \t")
        if head and len(head[1]) < 3:
            words = []
            found += [(heading_key(title), words)] if len(head[1]) == 2 else []
        else:
            words += line.split()
    return found


def answers_in(parts: Json, read: Callable[[str], bytes]) -> list[Json]:
    """Each answer as D9a.3 tells it, in the definition's order; `read`: a file of the folder by its name."""
    said: dict[str, list[str]] = {}
    for part in parts:
        data = read(f"{parts.index(part) + 1}-{part['id']}.md")
        items = {heading_key(i["title"]): i["id"] for i in part["items"]}
        with suppress(UnicodeDecodeError):
            for key, words in sections(data) if len(data) <= 262144 else []:
                said.setdefault(items.get(key, ""), words)
    told: list[Json] = []
    for item in (i["id"] for part in parts for i in part["items"]):
        if words := said.get(item, []):
            digest = hashlib.sha256(" ".join(words).encode()).hexdigest()
            told.append(("answer", {"item": item, "sha256": digest, "words": len(words)}))
    return told


class Criterion(NamedTuple):
    """A criterion with what its part says."""

    id: str
    title: str
    scale: list[str]
    required: str
    items: list[str]
    texts: dict[str, str]

    def meets(self, level: str) -> bool:
        """A level is the required one or better."""
        return self.scale.index(level) <= self.scale.index(self.required)


def criteria(definition: Json) -> list[Criterion]:
    """All criteria in order; Wrong where a scale does not fit (4.1)."""
    found = []
    for part in definition["parts"]:
        scale = definition["scales"].get(part["scale"], [])
        items = [i["id"] for i in part["items"]]
        for c in part["criteria"]:
            required = c["required"] or (scale or [""])[0]
            need(required in scale, "unreadable")
            named = [i for i in items if i in c["items"] or not c["items"]]
            found.append(Criterion(c["id"], c["title"], scale, required, named, c["levels"]))
    return found


def commitment(disclosure: str) -> str:
    """The digest of a disclosure (D9a.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(disclosure.encode()).digest()).decode().rstrip("=")


def disclosed(disclosure: str, names: Sequence[str] = ("answer", "evidence", "file")) -> tuple[str, Json]:
    """The name and the object of a disclosure (D9a.2), of one of these names."""
    with suppress(ValueError, RecursionError):
        found = json.loads(base64.b64decode(disclosure + "=" * (-len(disclosure) % 4), b"-_", validate=True))
        match found:
            case [str(), str() as name, dict() as value] if name in names:
                return name, value
    return "", {}


# 6. The state ----------------------------------------------------------------------------------------------

NO_ROLES = {"maintainers": list[str](), "issuers": list[str]()}
NO_RULES = {"format": "2", "issuer": {"id": "none", "name": ""}, "roles": NO_ROLES}


@dataclass
class State:
    """What is known after a step: *as read*, or *in right* (T2)."""

    rules: Json = field(default_factory=lambda: fit(TABLES["programme"], NO_RULES, False))
    people: dict[str, Json] = field(default_factory=dict)
    invitations: dict[str, Json] = field(default_factory=dict)
    definitions: dict[str, tuple[str, Json]] = field(default_factory=dict)
    known: dict[tuple[str, str], None] = field(default_factory=dict)
    stacks: dict[str, tuple[str, Json]] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    newest: dict[str, tuple[int, Json]] = field(default_factory=dict)
    assessors: dict[str, frozenset[str]] = field(default_factory=dict)
    assignments: dict[tuple[str, int], tuple[Json, ...]] = field(default_factory=dict)
    balance: Counter[tuple[str, str]] = field(default_factory=Counter)
    erased: dict[str, frozenset[str]] = field(default_factory=dict)
    policies: dict[str, str] = field(default_factory=dict)

    def copy(self) -> State:
        """The same, to be changed."""
        return replace(self, **{name: copy.copy(value) for name, value in vars(self).items()})

    def is_a(self, person: str | None, *roles: str) -> bool:
        """A person has one of some roles."""
        return any(person in self.rules["roles"][role] for role in roles)

    def signs(self, person: str | None, key: str | None) -> bool:
        """A confirmed person signs with a key (4.1)."""
        keys = self.people[person]["keys"] if person in self.people else []
        return key is not None and any(k["public"] == key and not k["retired"] for k in keys)

    def conflict(self, a: str, b: str, kinds: Sequence[str]) -> bool:
        """Two people have a conflict (E2)."""
        none: Json = {"school": "", "conflicts": []}
        one, other = self.people.get(a) or none, self.people.get(b) or none
        schools = one["school"].casefold(), other["school"].casefold()
        same = "same-school" in kinds and bool(one["school"] and other["school"]) and schools[0] == schools[1]
        return a == b or same or ("declared" in kinds and (b in one["conflicts"] or a in other["conflicts"]))

    def eligible(self, person: str, earner: str, credential: str, rule: str, kinds: Sequence[str]) -> bool:
        """A person may assess (E1)."""
        roles = self.rules["roles"]
        expert = person in roles["experts"] or person in roles["experts_for"].get(credential, [])
        able = expert if rule == "expert" else self.balance[person, credential] > 0
        return able and person in self.people and not self.conflict(person, earner, kinds)

    def enter(self, library: Library, path: str, change: tuple[Entry | None, Entry | None]) -> None:
        """Let a change of a step in (T2)."""
        at, (old, new) = place(path), change
        credential = at.submission.partition("/")[2]
        value = library.readable(path, new) if at.kind in WRITTEN | RECORD_OF.keys() else None
        key = {"profile": at.person, "definition": path.split("/")[1] if "/" in path else "", "stack": at.who}
        key |= {"invitation": at.person}
        books: Json = {"profile": self.people, "definition": self.definitions, "stack": self.stacks}
        books |= {"invitation": self.invitations}
        if at.kind == "programme" and value:
            self.rules = value
        elif at.kind == "recognition policy":
            self.policies[at.who] = new[1] if new else ""
        elif at.kind in books:
            books[at.kind].pop(key[at.kind], None)
            if value and new:
                plain = at.kind in ("profile", "invitation")
                books[at.kind][key[at.kind]] = value if plain else (new[1], value)
                self.known[key[at.kind], new[1]] = None
        elif new and not old:
            self._added(at, credential, value)

    def _added(self, at: Place, credential: str, value: Json) -> None:
        attempt = (at.submission, at.attempt)
        if at.kind == "decision":
            self.counts[credential] += 1
            if value:
                self.newest[at.submission] = (at.attempt, value)
        elif at.kind == "assessment":
            self.assessors[at.submission] = self.assessors.get(at.submission, frozenset()) | {at.who}
        elif at.kind == "assignment" and value:
            self.assignments[attempt] = (*self.assignments.get(attempt, ()), value)
        elif at.kind == "erasure" and value:
            self.erased[at.submission] = self.erased.get(at.submission, frozenset()) | set(value["pieces"])
        elif at.kind == "award" and at.number == 1:
            self.balance[at.person, credential] += 1
        elif at.kind == "revocation":
            self.balance[at.person, credential] -= 1


@dataclass
class Award:
    """An award on record (T3): its decision's blob, and its documents by number."""

    decision: str
    documents: dict[int, str] = field(default_factory=dict)
    begins: str = ""
    revoked: bool = False

    @property
    def newest(self) -> int:
        """The number of the newest document."""
        return max(self.documents)


@dataclass
class Stack:
    """Someone's badges for one stack (T3)."""

    documents: dict[int, str] = field(default_factory=dict)
    ended: set[int] = field(default_factory=set)


class Finding(NamedTuple):
    """What is wrong: the code, where, and the submission and attempt that it is about (0: all of them)."""

    code: str
    path: str
    submission: str
    attempt: int
    commit: str

    @property
    def is_doubt(self) -> bool:
        """It cannot be told whether anything is wrong."""
        return self.code.startswith("cannot tell")


@dataclass
class Step:
    """A step of the line with its changes (L7)."""

    commit: str
    before: str | None
    position: int
    changes: Changes
    parents: tuple[str, ...]
    signer: str | None = None
    brought: Changes = field(default_factory=dict)
    """Changes that are left out of it, because it brings them in (U6)."""

    def added(self, *kinds: str) -> list[str]:
        """The paths of some kinds that had no file before."""
        return [p for p, (old, new) in self.changes.items() if new and not old and place(p).kind in kinds]

    def blob(self, path: str) -> str:
        """What a path has now, or nothing."""
        new = self.changes.get(path, (None, None))[1]
        return new[1] if new else ""

    @cached_property
    def decision(self) -> str | None:
        """The first decision that it adds."""
        return next(iter(self.added("decision")), None)


# 7. Steps --------------------------------------------------------------------------------------------------


class Replay:
    """All steps in order: each is checked, then it enters the two states and the books (T1 to T3).

    `trusting`: what cannot be told is taken for right.
    """

    def __init__(self, clone: Clone, trusting: bool) -> None:
        self.clone, self.library, self.trusting = clone, Library(clone), trusting
        self.read, self.right = [State()], [State()]
        self.owner: dict[str, str] = {}
        self.positions: dict[str, int] = {}
        self.findings: list[Finding] = []
        self.rules_seen: set[str] = set()
        self.given: dict[tuple[str, int], Award] = {}
        self.decided: dict[str, set[int]] = {}
        self.decisions: dict[str, list[Json]] = {}
        self.erasures: Counter[tuple[str, int]] = Counter()
        self.lists: dict[str, str] = {}
        self.stacks: dict[tuple[str, str], Stack] = {}
        self.places: dict[tuple[str, str], str] = {}
        self.in_use: dict[tuple[str, str], str] = {}
        self.wording, self.checkpoints, self.founded = 0, False, datetime.now(UTC)
        self.awards: dict[tuple[str, int], None] = {}
        self.recognized: dict[tuple[str, str], dict[int, tuple[Json, bool]]] = {}
        self.recorded: dict[str, None] = {}
        self.dates: list[datetime] = []
        self.latest = datetime.min.replace(tzinfo=UTC)
        self.profiles: set[str] = set()
        for link in walk(clone):
            self.positions[link.commit] = max(self.positions.values(), default=0) + link.step
            if link.step:
                self.take(self.step(link))

    def step(self, link: Link) -> Step:
        """A step with its signer (L7, U1)."""
        commit, position = self.clone.commit(link.commit), self.positions[link.commit]
        old = self.clone.commit(link.before).tree if link.before else ""
        changes = self.clone.changes(old, commit.tree)
        step = Step(link.commit, link.before, position, changes, commit.parents)
        step.signer = self.signer(link.commit)
        return step

    def signer(self, commit: str) -> str | None:
        """Who signed a commit with a key that is in use now (U1)."""
        key = self.clone.commit(commit).key
        owner = self.owner.get(key or "")
        return owner if self.now.signs(owner, key) else None

    @property
    def now(self) -> State:
        """The state *in right* before the step that is being checked."""
        return self.right[-1]

    def take(self, step: Step) -> None:
        """Check a step and let it in."""
        found = self.founding(step) if step.position == 1 else self.check(step)
        self.findings += found
        found = [f for f in found if not (self.trusting and f.is_doubt)]
        places, about = {f.path for f in found}, {f.submission for f in found} - {""}
        nobodys = bool(found) and step.signer is None and step.position > 1
        self.read.append(self.read[-1].copy())
        self.right.append(self.now.copy())
        for path, change in (step.changes | step.brought).items():
            self.read[-1].enter(self.library, path, change)
            if path not in places and place(path).submission not in about and not nobodys:
                self.now.enter(self.library, path, change)
                if place(path).kind == "profile" and place(path).person in self.now.people:
                    for key in self.now.people[place(path).person]["keys"]:
                        self.owner.setdefault(key["public"], place(path).person)
        for path in step.added("award"):
            if place(path).number == 1:
                self.awards[place(path).submission, place(path).attempt] = None
        for path in step.added("recognized"):
            value = self.library.readable(path, step.changes[path][1])
            said = value, path not in places and not nobodys
            known = self.recognized.setdefault((place(path).person, place(path).who), {})
            known.setdefault(place(path).number, said)
            self.recorded[path] = None
        self.dates.append(self.clone.commit(step.commit).when)
        self.latest = max(self.latest, self.clone.commit(step.commit).when)
        self.profiles |= {path for path in step.changes if place(path).kind == "profile"}
        self.book(step, about)

    def book(self, step: Step, about: set[str]) -> None:
        """What is on record, whether right or not (T3)."""
        for path, (old, new) in step.changes.items():
            at = place(path)
            award = self.given.get((at.submission, at.attempt))
            if not new:
                continue
            if at.kind == "programme":
                self.rules_seen.add(new[1])
            elif at.kind == "status list":
                self.lists[path] = new[1]
            elif at.kind == "award":
                new_award = Award(step.blob(step.decision or ""))
                award = self.given.setdefault((at.submission, at.attempt), new_award)
                award.documents.setdefault(at.number, new[1])
            elif at.kind == "revocation" and award:
                award.revoked = True
            elif at.kind == "erasure" and not old:
                self.erasures[at.submission, at.attempt] += 1
            elif at.kind == "decision" and not old:
                self._book_decision(at, self.library.readable(path, new), at.submission in about)
            elif at.kind == "reissue" and award:
                value = self.library.readable(path, new)
                award.begins = value["issued"] if value and value["act"] == "renew" else award.begins
            elif at.kind.startswith("stack "):
                self._book_stack(at, new[1])
            if at.kind in ("award", "stack award") and (entry := status_of(self.library.document(new[1]))):
                self.places.setdefault(entry, path)

    def _book_decision(self, at: Place, value: Json, wrong: bool) -> None:
        self.decided.setdefault(at.submission, set()).add(at.attempt)
        self.decisions.setdefault(at.submission, []).extend([value] if value else [])
        if value and not wrong:
            used = (at.submission.split("/")[1], value["definition"]["version"])
            self.in_use.setdefault(used, value["definition"]["blob"])
            self.wording = max(self.wording, value["badge"])
            self.checkpoints = self.checkpoints or bool(value["checkpoint"])

    def _book_stack(self, at: Place, blob: str) -> None:
        stack = self.stacks.setdefault((at.person, at.who), Stack())
        if at.kind == "stack award":
            stack.documents.setdefault(at.number, blob)
        else:
            stack.ended.add(at.number - (at.kind == "stack reissue"))

    def verdict(self, about: str, attempt: int) -> Verdict:
        """What is to be said of an award (V1 to V3, D19)."""
        against = [f for f in self.findings if f.submission == about and f.attempt in (0, attempt)]
        path = f"portfolios/{about}/attempts/{attempt}/decision.json"
        blob = self.given[about, attempt].decision
        decision = self.library.readable(path, ("", blob)) if blob else None
        override = decision and decision["recommended"] != "award"
        return Verdict(*judged(against, "proved by override" if override else "proved"))

    # The checks of a step

    def founding(self, step: Step) -> list[Finding]:
        """The first step (L9 to L11)."""
        found = Found(step)
        new = {path: entry for path, (_, entry) in step.changes.items() if entry}
        rules = self.library.readable("mcred.yaml", new.get("mcred.yaml"))
        key = self.clone.commit(step.commit).key
        self.founded = self.clone.commit(step.commit).when
        signers = []
        for path in new:
            profile = self.library.readable(path, new[path]) if place(path).kind == "profile" else None
            if profile and key in [k["public"] for k in profile["keys"] if not k["retired"]]:
                signers.append(place(path).person)
        found.at("mcred.yaml", need, rules, "rules-unreadable")
        found.at(
            "mcred.yaml",
            need,
            rules and signers[:1] and signers[0] in rules["roles"]["maintainers"],
            "root-unsigned",
        )
        for path in new:
            kind = place(path).kind
            found.at(path, need, kind not in EARNERS | FINAL | {"status list", "stray"}, "root-not-empty")
        before = [self.library.files(p) for p in step.parents]
        for path in bad_files(new):
            stood = any(files.get(path, ("", ""))[1] == new[path][1] for files in before)
            found.at(path, need, place(path).kind == "loose" and stood, "bad-file")
        return found.all

    def check(self, step: Step) -> list[Finding]:
        """A later step."""
        found = Found(step)
        bad = bad_files({path: new for path, (_, new) in step.changes.items() if new})
        if not step.decision and len(step.parents) > 1:
            self.leave_out_brought(step, bad)
        if not step.changes:
            return []
        if joined := self.joining(step):
            for path in step.changes:
                found.at(path, need, path == joined, "join-wrong")
            found.at(joined, need, joined not in bad, "bad-file")
            found.at(joined, self.joins, step, joined)
            found.at(joined, self.grows, step, joined)
            return found.all
        first = step.decision or next(iter(step.changes))
        found.at(first, need, step.signer, "not-signed, unknown-key or retired-key")
        self.leave_out_erased(step, found)
        for path in step.changes:
            found.at(path, need, path not in bad, "bad-file")
            found.at(path, self.may, step, path)
            found.at(path, self.grows, step, path)
            found.at(path, self.became, step, path)
        self.ends(step, found)
        if step.decision:
            found.at(step.decision, Decision(self, step, step.decision).check)
        last = {f.submission: max(self.decided.get(f.submission, {0})) for f in found.all}
        if step.decision:
            return found.all
        return [f._replace(attempt=last[f.submission]) if f.code == "work-changed" else f for f in found.all]

    def joining(self, step: Step) -> str | None:
        """The profile that a step adds with the key of an invitation (U7)."""
        key = self.clone.commit(step.commit).key
        for path in step.added("profile") if not step.decision else []:
            said = self.now.invitations.get(place(path).person)
            if said and key == said["key"]:
                return path if key not in self.owner else None
        return None

    def joins(self, step: Step, path: str) -> None:
        """Someone who was invited comes in (U7)."""
        said = self.now.invitations[place(path).person]
        need(path not in self.profiles, "join-wrong")
        latest = max(self.latest, self.clone.commit(step.commit).when).astimezone(UTC).date()
        need(str(latest) <= said["expires"], "join-wrong")
        value = self.library.readable(path, step.changes[path][1])
        need(value, "profile-unreadable")
        signed = {self.clone.commit(p).key for p in self.brings(step, path)}
        need({k["public"] for k in value["keys"] if not k["retired"]} & signed, "join-wrong")

    def leave_out_brought(self, step: Step, bad: set[str]) -> None:
        """Files that a merge brings in need not be its signer's (U6)."""
        files = [p for p in step.changes if place(p).kind in BESIDE and p not in bad]
        if all(self.has_right(step.signer, p) for p in files):
            return
        without = set(self.clone.reach([step.before] if step.before else []))
        tips = [p for p in step.parents if p != step.before]
        single = [c for c in self.clone.reach(tips, without) if len(self.clone.commit(c).parents) == 1]
        made: dict[str, list[tuple[Entry | None, Entry | None, bool]]] = {path: [] for path in files}
        for name in single:
            commit = self.clone.commit(name)
            changes = self.clone.changes(self.clone.commit(commit.parents[0]).tree, commit.tree)
            for path in changes.keys() & made.keys():
                made[path].append((*changes[path], self.has_right(self.signer(name), path)))
        for path, by in made.items():
            if by and (by[0][0], by[-1][1]) == step.changes[path] and all(right for _, _, right in by):
                step.brought[path] = step.changes.pop(path)

    def leave_out_erased(self, step: Step, found: Found) -> None:
        """What an erasure takes out of the record (G13)."""
        added = step.added("erasure")
        alone = not step.decision and len(step.parents) == len(added) == 1
        if alone and step.before and self.has_right(step.signer, added[0]):
            found.at(added[0], self.erase, step, added[0], step.before)

    def erase(self, step: Step, path: str, before: str) -> None:
        """G13."""
        library, at = self.library, place(path)
        said, last = library.readable(path, step.changes[path][1]), max(self.decided.get(at.submission, {0}))
        need(said and said["by"] == step.signer and said["reason"].strip(), "erasure-wrong")
        number = self.erasures[at.submission, at.attempt] + 1
        need((at.attempt, at.number) == (last, number), "erasure-wrong")
        folder, files, lists = f"portfolios/{at.submission}/", library.files(before), dict[str, list[str]]()
        for n in range(1, last + 1):
            name = f"{folder}attempts/{n}/disclosures.json"
            if value := library.readable(name, files.get(name)):
                lists[name] = value["disclosures"]
        named = {d: commitment(d) in said["pieces"] for x in lists.values() for d in x}
        pieces = {commitment(d) for d, is_named in named.items() if is_named}
        for n in range(1, last + 1):
            name = f"{folder}attempts/{n}/request.json"
            value = library.readable(name, files.get(name))
            if value and value.get("work"):
                pieces |= {p["commitment"] for p in value["pieces"]} - self.now.erased.get(
                    at.submission, set()
                )
        need(said["pieces"] and set(said["pieces"]) <= pieces, "erasure-wrong")
        opened = [disclosed(d) for d, is_named in named.items() if is_named]
        gone = [value.get("file") if name == "evidence" else value for name, value in opened]
        erased = {(x.get("bytes"), x.get("sha256")) for x in gone if isinstance(x, dict)}
        due: dict[str, list[str] | None] = {
            folder + name: None
            for name, x in library.contents(before, at.submission).items()
            if (x["bytes"], x["sha256"]) in erased
        }
        due |= {p: [d for d in x if not named[d]] for p, x in lists.items() if any(named[d] for d in x)}
        for name, left in due.items():
            new = step.changes[name][1] if name in step.changes else files[name]
            value = library.readable(name, new) if new and left is not None else None
            need(value["disclosures"] == left if value else not new, "erasure-wrong")
            need(value or left is None, "erasure-wrong")
        for name in due:
            del step.changes[name]

    def has_right(self, signer: str | None, path: str) -> bool:
        """A person may change a file of this kind (U4)."""
        at = place(path)
        if at.kind in ("definition", "picture", "example", "stack", "template"):
            return self.now.is_a(signer, "issuers", "maintainers")
        if at.kind == "loose" and path.startswith("credentials/"):
            return self.now.is_a(signer, "issuers", "maintainers")
        if at.kind in {"programme", "loose", "invitation", "endorsement"} | RECOGNITION:
            return self.now.is_a(signer, "maintainers")
        if at.kind == "profile":
            return self.now.is_a(signer, "maintainers") or signer == at.person
        if at.kind == "recognized":
            policy = self.library.policy(at.who, self.now.policies.get(at.who, ""))
            if not policy or signer == at.person:
                return False
            return signer in (policy["recognizers"] or self.now.rules["roles"]["maintainers"])
        if at.kind in EARNERS:
            return signer == at.person
        if at.kind == "erasure":
            return self.now.is_a(signer, "issuers") or signer == at.person
        if at.kind in ANSWERS | {"decision", "stray"} or (at.kind == "award" and at.number == 1):
            return False
        return self.now.is_a(signer, "issuers") and signer != at.person

    def may(self, step: Step, path: str) -> None:
        """Who may change what (U2 to U5)."""
        at, (_, new) = place(path), step.changes[path]
        need(at.kind != "programme" or new, "programme-removed")
        if step.decision:
            about = place(step.decision)
            same = at.submission == about.submission and at.attempt == about.attempt
            need(
                at.kind == "status list"
                or (at.kind == "stack award" and at.person == about.person)
                or (at.submission == about.submission and (is_earners(path) or at.kind == "stray"))
                or (same and at.kind in ANSWERS | {"decision"})
                or (same and at.kind == "award" and at.number == 1),
                "mixed-step",
            )
            need(path != step.decision or self.now.is_a(step.signer, "issuers"), "decision-not-issuers")
            return
        if len(step.parents) > 1:
            own = at.kind in ("profile", "definition", "picture", "example", "stack")
            free = at.kind in {*BESIDE, "programme"}
            need(free or (own and self.brings(step, path)), "mixed-step")
        lone = at.kind == "award" and at.number == 1
        need(self.has_right(step.signer, path), "award-without-decision" if lone else "not-allowed")

    def brings(self, step: Step, path: str) -> list[str]:
        """The parents other than the first that have a file with the blob that it has in the step."""
        new = step.changes[path][1]
        return [p for p in step.parents[1:] if new and self.library.files(p).get(path, ("", ""))[1] == new[1]]

    def grows(self, step: Step, path: str) -> None:
        """What only grows (G1 to G12; G13 comes before)."""
        at, (old, new) = place(path), step.changes[path]
        value: Json
        need(not old or not (at.kind in FINAL or (at.kind == "status list" and not new)), "record-changed")
        value = self.library.readable(path, new) if at.kind in WRITTEN | RECORD_OF.keys() else None
        if at.kind == "programme":
            self.rules_grow(value, new[1] if new else "")
        elif at.kind == "profile":
            need(new, "profile-removed")
            need(value, "profile-unreadable")
            self.profile_grows(step, path, value)
        elif at.kind == "invitation" and new:
            need(value and value["by"] == step.signer, "invitation-wrong")
            need(value["key"] not in self.owner and at.person not in self.now.people, "invitation-wrong")
        elif at.kind == "definition":
            credential = path.split("/")[1]
            need(not new or value, "definition-unreadable")
            if any(used == credential for used, _ in self.in_use):
                need(new, "definition-changed")
                last = self.read[-1].definitions.get(credential, ("", value))[1]["version"]
                need(numbers(value["version"]) >= numbers(last), "definition-rolled-back")
            if new and (credential, value["version"]) in self.in_use:
                need(self.in_use[credential, value["version"]] == new[1], "definition-changed")
        elif at.kind in EARNERS and not step.decision:
            need(at.submission not in self.now.newest, "work-changed")
        elif at.kind == "assignment" and new and not old:
            self.assigned(step, at, value)

    def rules_grow(self, value: Json, blob: str) -> None:
        """G1 to G3."""
        need(value, "rules-unreadable")
        keys = ("assessment", "attempts", "signatures", "issuer", "evidence_types")
        same = all(value[k] == self.now.rules[k] for k in keys)
        need(blob not in self.rules_seen or same, "rules-rolled-back")
        old, new = (rules["issuer"]["keys"] for rules in (self.now.rules, value))
        need(only_grow(old, new, "multibase", "until"), "issuer-key-lost")
        need(value["roles"]["maintainers"], "no-maintainer")

    def profile_grows(self, step: Step, path: str, value: Json) -> None:
        """G5 to G8."""
        person: str = value["id"]
        before: Json = self.now.people.get(person)
        old = before["keys"] if before else []
        need(only_grow(old, value["keys"], "public", "retired"), "key-lost")
        new = {k["public"] for k in value["keys"]} - {k["public"] for k in old}
        need(all(self.owner.get(key, person) == person for key in new), "key-shared")
        signed = [self.clone.commit(p).key for p in self.brings(step, path)]
        if before:
            own = step.signer == person or any(self.now.signs(person, key) for key in signed)
            need(own or all(len(self.voices(step, person, k) - {person}) > 1 for k in new), "key-not-vouched")
        elif signed:
            need({k["public"] for k in value["keys"] if not k["retired"]} & set(signed), "key-not-vouched")

    def voices(self, step: Step, person: str, key: str) -> set[str]:
        """Those who speak for a new key of a person (G7)."""

        def speaks(commit: str) -> bool:
            said = self.clone.commit(commit).trailers
            return (
                said.get("Mcred-Person") == person and fingerprint(key) in said.get("Mcred-Key", "").split()
            )

        found = {step.signer} if self.now.is_a(step.signer, "maintainers") and speaks(step.commit) else set()
        others = {self.signer(p) for p in step.parents[1:] if speaks(p)}
        found |= {p for p in others if self.now.is_a(p, "maintainers", "issuers")}
        return {p for p in found if p}

    def assigned(self, step: Step, at: Place, value: Json) -> None:
        """G12."""
        need(value and value["issuer"] == step.signer, "assign-wrong")
        before = self.read[-1].assignments.get((at.submission, at.attempt), ())
        need(value["number"] == len(before) + 1 and value["because"].strip(), "assign-wrong")
        need(
            value["to"] != value["instead_of"] or value["to"] in self.unasked(value["judged"], at.submission),
            "assign-wrong",
        )
        need(at.attempt > max(self.decided.get(at.submission, {0})), "assign-late")
        earner, credential = at.submission.split("/")
        kinds = self.now.rules["assessment"]["conflicts"]
        able = [
            self.now.eligible(value["to"], earner, credential, rule, kinds) for rule in ("expert", "peer")
        ]
        need(any(able), "assign-not-eligible")

    def unasked(self, judged: str, about: str) -> list[str]:
        """Those at their limit by the request in a state that was sent (G12)."""
        with suppress(CannotTell):
            request = self.library.request(judged, about)
            return list(request["at_limit"]) if request else []
        return []

    # 10. What became of it

    def became(self, step: Step, path: str) -> None:
        """Revocations, badges issued again, status places and stack badges (R1 to R4, R9 to R14)."""
        at, (old, new) = place(path), step.changes[path]
        if not new or old:
            return
        value = self.library.readable(path, new) if at.kind in RECORD_OF else None
        award = self.given.get((at.submission, at.attempt))
        if at.kind in ("award", "stack award"):
            entry = status_of(self.library.document(new[1]))
            need(not entry or self.places.setdefault(entry, path) == path, "status-place-shared")
        if at.kind == "revocation":
            self.said(step, value, "revocation-wrong")
            need(award and not award.revoked, "revocation-wrong")
        elif at.kind == "award" and at.number > 1:
            self.issued_again(step, at, path, new[1])
        elif at.kind in ("reissue", "stack reissue"):
            badge = path.replace("reissue", "badge")
            need(badge in step.added("award", "stack award"), "reissue-without-badge")
        elif at.kind == "recognized":
            Recognized(self, step, path, value).check()
        elif at.kind == "stack award":
            StackBadge(self, step, path, new[1]).check()
        elif at.kind == "stack revocation":
            self.said(step, value, "revocation-wrong")
            need(at.number in self.stacks.get((at.person, at.who), Stack()).documents, "revocation-wrong")

    def said(self, step: Step, value: Json, code: str) -> None:
        """A record is readable, by the step's signer (if there is one), and has a reason."""
        need(value and value["reason"].strip(), code)
        need(step.signer is None or value["issuer"] == step.signer, code)

    def issued_again(self, step: Step, at: Place, path: str, blob: str) -> None:
        """R2 to R4."""
        award = self.given.get((at.submission, at.attempt))
        beside = path.replace("badge-", "reissue-")
        value = self.library.readable(beside, step.changes.get(beside, (None, None))[1])
        self.said(step, value, "reissue-wrong")
        if award is None:
            raise Wrong("reissue-wrong")
        need(not award.revoked and at.number == award.newest + 1, "reissue-wrong")
        last = self.library.document(award.documents[award.newest])
        need(value["replaces"] == inside(last, "id"), "reissue-wrong")
        where = f"portfolios/{at.submission}/attempts/{at.attempt}/decision.json"
        decision = self.library.readable(where, ("", award.decision)) if award.decision else None
        if not decision:
            return
        issued, step_date = moment(value["issued"]), self.clone.commit(step.commit).when
        check_date(self, issued, moment(decision["decided"]), step_date, "reissue-date")
        key = current_key(self.now.rules)
        need(not key or key["since"] <= issued.date().isoformat(), "reissue-date")
        named = ("", decision["definition"]["blob"])
        definition = self.library.readable(
            f"credentials/{at.submission.split('/')[1]}/credential.yaml", named
        )
        if not definition or at.person not in self.now.people:
            return
        renewed = value["issued"] if value["act"] == "renew" else award.begins
        decided = Decided(decision, award.decision, definition, criteria(definition))
        AwardBadge(self, path, blob, decided, renewed or decision["decided"]).compare()

    def ends(self, step: Step, found: Found) -> None:
        """The bit of each badge that ends is set (R6, R7)."""
        ended: list[str] = []
        kinds = ("revocation", "award", "stack revocation", "stack award")
        for path in step.added(*kinds):
            at = place(path)
            award = self.given.get((at.submission, at.attempt))
            stack = self.stacks.get((at.person, at.who), Stack()).documents
            number = at.number - (at.kind == "stack award")
            again = (
                path.replace("badge.json", "reissue.json") in step.changes or at.kind == "stack revocation"
            )
            if award and (at.kind == "revocation" or (at.kind == "award" and at.number > 1)):
                ended.append(award.documents[award.newest])
            elif at.kind.startswith("stack ") and again and number in stack:
                ended.append(stack[number])
        lists = {**self.lists, **{p: new[1] for p, (_, new) in step.changes.items() if new and is_list(p)}}
        for blob in ended:
            entry = status_of(self.library.document(blob))
            if entry:
                found.at(step.added(*kinds)[0], need, self.is_set(entry, lists.values()), "status-not-set")

    def is_set(self, entry: tuple[str, str], blobs: Iterable[str]) -> bool:
        """A list that can be read has the bit, or is of an issuer of before (R7)."""
        key = current_key(self.now.rules)
        for blob in blobs:
            value = self.library.document(blob)
            try:
                bits = gzip.decompress(
                    base64.urlsafe_b64decode(value["credentialSubject"]["encodedList"][1:] + "==")
                )
                issuer, index = value["issuer"], int(entry[1])
                issuer = issuer["id"] if isinstance(issuer, dict) else issuer
                if value["id"] == entry[0] and len(bits) * 8 >= 131072:
                    bit = index // 8 < len(bits) and bits[index // 8] & (0x80 >> index % 8)
                    if bit or not key or issuer != dids(self.now.rules, key)[0]:
                        return True
            except (KeyError, TypeError, ValueError, OSError, EOFError, zlib.error, Wrong):
                continue
        return False


def is_list(path: str) -> bool:
    """A path of a status list."""
    return place(path).kind == "status list"


class Found:
    """The findings of one step."""

    def __init__(self, step: Step) -> None:
        self.step, self.all = step, list[Finding]()

    def say(self, code: str, path: str) -> None:
        """Note a finding."""
        at = place(path)
        self.all.append(Finding(code, path, at.submission, at.attempt, self.step.commit))

    def at(self, path: str, rule: Callable[..., None], *args: Any) -> None:
        """Try a rule; a finding is at the path."""
        try:
            rule(*args)
        except Wrong as wrong:
            self.say(str(wrong), path)
        except CannotTell as why:
            self.say(f"cannot tell: {why}", path)


def only_grow(before: Sequence[Json], after: Sequence[Json], name: str, end: str) -> bool:
    """Each key of before is there, the same, and ended if it was (G3, G5)."""
    there = {k[name]: k for k in after}
    return all(
        k[name] in there
        and all(there[k[name]][x] == k[x] for x in k if x != end)
        and k[end] in ("", there[k[name]][end])
        for k in before
    )


def numbers(version: str) -> tuple[int, ...]:
    """A version, to be ordered."""
    return tuple(int(n) for n in version.split("."))


def fingerprint(key: str) -> str:
    """S7."""
    with suppress(ValueError, IndexError):
        data = base64.b64decode(key.split(" ")[1])
        return "SHA256:" + base64.b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")
    return ""


def status_of(badge: Json) -> tuple[str, str] | None:
    """A badge's entry in a status list (B5)."""
    entry = badge.get("credentialStatus") if badge else None
    if isinstance(entry, dict):
        found = entry.get("statusListCredential"), entry.get("statusListIndex")
        if isinstance(found[0], str) and isinstance(found[1], str):
            return found[0], found[1]
    return None


# 8. A decision ---------------------------------------------------------------------------------------------

FEW = timedelta(minutes=5)


class Decision:
    """One decision; `check` raises the first thing that is wrong with it."""

    def __init__(self, replay: Replay, step: Step, path: str) -> None:
        self.replay, self.step, self.path, self.library = replay, step, path, replay.library
        at = place(path)
        self.about, self.attempt, self.earner = at.submission, at.attempt, at.person
        self.credential = self.about.split("/")[1]
        self.folder = f"portfolios/{self.about}/"
        self.attempts = f"{self.folder}attempts/{self.attempt}/"
        self.tree = self.library.files(step.commit)
        self.value = self.library.readable(path, step.changes[path][1])
        self.request: Json = None

    def check(self) -> None:
        """D1 to D23."""
        self.decider()
        self.judged: str = self.value["judged"]
        self.files = self.library.files(self.judged) if self.judged in self.step.parents[1:] else {}
        entry = self.files.get(f"{self.attempts}request.json")
        self.request = self.library.readable(f"{self.attempts}request.json", entry)
        need(self.request, "request-unreadable")
        self.first = 1
        self.first = self.position(self.request["main"], "request-main-unknown")
        self.then = self.replay.read[self.first]
        self.sent()
        self.rubric()
        self.panel()
        self.carried()
        self.seats()
        self.basis()
        self.levels()
        self.course()
        self.dates()
        changed = [
            p for p in self.step.changes if place(p).submission == self.about and place(p).kind == "award"
        ]
        award = self.value["outcome"] == "award"
        need(bool(changed) == award, "award-missing" if award else "award-not-decided")
        need(self.value["badge"] >= self.replay.wording, "award-other")
        if award:
            decided = Decided(self.value, self.tree[self.path][1], self.definition, self.rubric_criteria)
            blob, begins = self.step.blob(changed[0]), self.value["decided"]
            AwardBadge(self.replay, changed[0], blob, decided, begins).compare()
        self.opened()

    def decider(self) -> None:
        """D1."""
        need(self.value, "decision-unreadable")
        signer, basis = self.step.signer, [b["assessor"] for b in self.value["basis"]]
        need(signer != self.earner, "decision-own")
        need(signer == self.value["issuer"], "decision-issuer")
        if signer in basis:
            issuers = set(self.replay.now.rules["roles"]["issuers"])
            need(not issuers - {self.earner, *basis}, "decision-own-assessment")
            need(any("also assessed" in flag for flag in self.value["flags"]), "decision-unflagged")
        need(self.attempt not in self.replay.decided.get(self.about, ()), "decision-twice")

    def position(self, main: str, code: str) -> int:
        """The position of a state that is named: on the line, between the request's and now (E3)."""
        found = self.replay.positions.get(main, 0)
        need(self.first <= found < self.step.position, code)
        return found

    def signs(self, state: State, person: str, commit: str) -> bool:
        """A commit is signed by a person at a state (E4)."""
        return state.signs(person, self.replay.clone.commit(commit).key)

    def sent(self) -> None:
        """D2 and D3."""
        said = self.replay.clone.commit(self.judged).trailers
        need(
            self.judged in self.step.parents[1:] and is_submit(said, self.about) == self.attempt,
            "submit-missing",
        )
        need(self.signs(self.replay.right[self.first], self.earner, self.judged), "submit-not-earners")
        own = {p: e for p, e in self.files.items() if place(p).submission == self.about and is_earners(p)}
        need(not bad_files(own), "bad-file")
        need(all(len(self.library.content(blob)) <= 104_857_600 for _, blob in own.values()), "bad-file")
        for path, (_, blob) in own.items():
            stays = place(path).kind != "disclosure list" or place(path).attempt == self.attempt
            need(not stays or self.tree.get(path, ("", ""))[1] == blob, "work-changed")
        for path in self.step.changes:
            if place(path).kind == "stray" or is_earners(path):
                need(own.get(path, ("", ""))[1] == self.tree.get(path, ("", ""))[1], "work-changed")
        need(self.request["submission"] == self.about, "request-wrong")
        need(self.request["attempt"] == self.attempt, "request-wrong")

    def rubric(self) -> None:
        """D5."""
        asked, then = self.request["definition"], self.then
        path = f"credentials/{self.credential}/credential.yaml"
        need((self.credential, asked["blob"]) in then.known, "decision-definition")
        self.definition = self.library.readable(path, ("100644", asked["blob"]))
        need(self.definition and self.definition["version"] == asked["version"], "decision-definition")
        need(
            self.definition["status"] == "live" and self.credential in then.definitions, "decision-definition"
        )
        self.rubric_criteria = criteria(self.definition)
        work = self.library.work(self.judged, self.about)
        need(not work or work["version"] == asked["version"], "request-wrong")
        need(self.earner in then.people, "request-main-early")
        need(self.newest_known() <= self.first, "request-main-old")
        used = self.replay.in_use.get((self.credential, asked["version"]), asked["blob"])
        need(used == asked["blob"], "definition-changed")

    def newest_known(self) -> int:
        """The newest position that the work builds on (D5)."""
        clone, positions = self.replay.clone, self.replay.positions
        beside = clone.reach(clone.commit(self.judged).parents, set(positions))
        return max(positions.get(p, 0) for name in (self.judged, *beside) for p in clone.commit(name).parents)

    def asked_before(self) -> set[str]:
        """D6."""
        found = set(self.then.assessors.get(self.about, ()))
        line = self.replay.positions.keys()
        for name in self.replay.clone.reach(self.replay.clone.commit(self.judged).parents, set(line)):
            attempt = is_submit(self.replay.clone.commit(name).trailers, self.about)
            if 0 < attempt < self.attempt:
                path = f"{self.folder}attempts/{attempt}/request.json"
                request = self.library.readable(path, self.library.files(name).get(path))
                found |= set(request["panel"]) - set(request["at_limit"]) if request else set()
        return found

    def panel(self) -> None:
        """D7."""
        request, then = self.request, self.then
        own = {k: v for k, v in self.definition["assessment"].items() if v is not None}
        policy = {**then.rules["assessment"], **own}
        assessed = then.counts[self.credential]

        def able(rule: str) -> list[str]:
            kinds = policy["conflicts"]
            return [p for p in then.people if then.eligible(p, self.earner, self.credential, rule, kinds)]

        rule = "expert" if assessed < policy["expert_submissions"] else "peer"
        if rule == "peer" and (policy["peers"] == 0 or len(able("peer")) < policy["peers"]):
            rule = "expert"
        need((request["rule"], request["assessed_before"]) == (rule, assessed), "request-rule")
        busy: dict[str, int] = {c["person"]: c["open"] for c in request["candidates"]}
        before = self.asked_before()

        limit: int = policy["max_open"]
        people = able(rule)

        def order(person: str, many: int) -> tuple[bool, bool, int, str]:
            lot = hashlib.sha256(f"{request['main']} {self.about} {person}".encode()).hexdigest()
            return many >= limit, person not in before, many, lot

        last = max((order(p, busy[p]) for p in people if p in busy), default=None)
        tried = sorted({0, limit, *((last[2], last[2] + 1) if last else ())})

        def least(person: str) -> int:
            return next((n for n in tried if not last or order(person, n) > last), limit)

        loads = {p: busy[p] if p in busy else least(p) for p in people}
        size = policy["experts" if rule == "expert" else "peers"]
        first = sorted(people, key=lambda p: order(p, loads[p]))[: size + 12]
        need(request["panel"] == first[:size] and len(request["panel"]) == size > 0, "request-panel")
        need([c["person"] for c in request["candidates"]] == first, "request-candidates")
        self.pool({p: min(n, limit) for p, n in loads.items()}, first)
        need(request["at_limit"] == [p for p in first if loads[p] >= limit], "request-limit")

    def pool(self, loads: Mapping[str, int], first: Sequence[str]) -> None:
        """What a request says of all who could be asked (D7)."""
        pool = self.request["pool"]
        listed = "".join(f"{p}\n" for p in sorted(loads)).encode()
        need(pool["sha256"] == hashlib.sha256(listed).hexdigest(), "request-candidates")
        left = dict(enumerate(pool["open"]))
        for person in first:
            left[loads[person]] = left.get(loads[person], 0) - 1
        need(min(left.values(), default=0) >= 0, "request-candidates")
        need(sum(left.values()) == len(loads) - len(first), "request-candidates")
        has = [n for n, count in sorted(left.items()) for _ in range(count)]
        needs = sorted(n for p, n in loads.items() if p not in first)
        need(all(x >= y for x, y in zip(has, needs, strict=True)), "request-candidates")

    def carried(self) -> None:
        """D9."""
        carried = self.request["carried"]
        if not carried:
            return
        last: Json = self.then.newest.get(self.about, (0, None))[1]
        need(last and last["outcome"] == "revise", "request-carried")
        need(last["definition"] == self.request["definition"], "request-carried")
        need(self.then.rules["attempts"]["carry_over"] == "unchanged", "request-carried")
        before = self.library.request(last["judged"], self.about)
        need(before, "request-carried")
        erased = self.then.erased.get(self.about, frozenset())
        now = [p for p in self.request["pieces"] if p["commitment"] not in erased]
        there = {c.id: c.items for c in self.rubric_criteria}
        need(all(there.get(name) for name in carried), "request-carried")
        for item in {item for name in carried for item in there[name]}:
            old, new = ([p["commitment"] for p in x if p["item"] == item] for x in (before["pieces"], now))
            need(old == new, "request-carried")

    def opened(self) -> None:
        """D9a; that what answers say cannot be told (M2) counts only where nothing else is wrong."""
        files, pieces = self.library.contents(self.judged, self.about), self.request["pieces"]
        is_sealed = self.then.rules["work"] == "sealed"
        is_beside = bool(files) or f"{self.attempts}disclosures.json" in self.files
        need(is_sealed is not is_beside and is_sealed is bool(self.request["work"]), "request-work")
        if not files:
            return
        path = f"{self.attempts}disclosures.json"
        said, work = (
            self.library.readable(path, self.files.get(path)),
            self.library.work(self.judged, self.about),
        )
        need(said and work, "request-pieces")
        digests = [commitment(d) for d in said["disclosures"]]
        need(
            digests == [p["commitment"] for p in pieces] and len({*digests}) == len(digests), "request-pieces"
        )
        found = [disclosed(d) for d in said["disclosures"]]
        answers = [x for x in found if x[0] == "answer"]
        wanted: list[Json] = [*answers]
        for e in work["evidence"]:
            more = {"about": " ".join(e["about"].split()), "url": e["url"], "sha256": e["sha256"]}
            more["file"] = self.library.digest(e["blob"]) if e["blob"] else ""
            more = {"item": e["item"], "type": e["type"]} | {k: x for k, x in more.items() if x}
            wanted.append(("evidence", more))
        listed = {e["file"] for e in work["evidence"]}
        wanted += [("file", {"file": p, **x}) for p, x in sorted(files.items()) if p not in listed]
        need(json.dumps(found, sort_keys=True) == json.dumps(wanted, sort_keys=True), "request-pieces")
        named = [(value.get("item"), value.get("type", name)) for name, value in wanted]
        need(named == [(p["item"], p["type"]) for p in pieces], "request-pieces")
        need(work["attestations"] == self.request["attestations"], "request-pieces")
        told = answers_in(self.definition["parts"], self.written)
        need(json.dumps(answers, sort_keys=True) == json.dumps(told, sort_keys=True), "request-pieces")

    def written(self, name: str) -> bytes:
        """A file of the folder as it was sent, empty where there is none."""
        entry = self.files.get(self.folder + name)
        return self.library.content(entry[1]) if entry else b""

    def answer_of(self, person: str, commit: str, path: str, codes: str) -> tuple[Json, State]:
        """A person's answer, in a commit of its own on what was judged, and the state that it names
        (D10, D15, D19a).
        """
        clone = self.replay.clone
        need(commit in self.step.parents[1:] and path in self.step.changes, f"{codes}-missing")
        need(clone.commit(commit).parents == (self.judged,), f"{codes}-stale")
        changes = clone.changes(clone.commit(self.judged).tree, clone.commit(commit).tree)
        new = changes.get(path, (None, None))[1]
        need(list(changes) == [path] and new and new[0] == "100644", f"{codes}-more")
        need(new and self.step.blob(path) == new[1], f"{codes}-other")
        found = self.library.readable(path, new)
        need(found, "assessment-unreadable" if codes == "assessment" else f"{codes}-wrong")
        said = (found["submission"], found["attempt"], found["judged"])
        need(said == (self.about, self.attempt, self.judged), f"{codes}-wrong")
        need(person == found["issuer" if codes == "override" else "assessor"], f"{codes}-wrong")
        return found, self.replay.right[self.position(found["main"], f"{codes}-main")]

    def seats(self) -> None:
        """D10 to D13."""
        declined = set()
        for said in self.value["declined"]:
            person, commit = said["assessor"], said["commit"]
            _, state = self.answer_of(person, commit, f"{self.attempts}declined/{person}.json", "decline")
            need(self.signs(state, person, commit), "decline-foreign")
            scored = f"{self.attempts}reviews/{person}.json"
            need(scored not in self.files and scored not in self.step.changes, "decline-scored")
            declined.add(person)
        for path in self.step.changes:
            if place(path).submission == self.about and place(path).kind == "declined":
                need(place(path).who in declined, "decline-missing")
        mine = self.replay.now.assignments.get((self.about, self.attempt), ())
        assigned = sorted((a for a in mine if a["judged"] == self.judged), key=lambda a: int(a["number"]))
        panel, full = self.request["panel"], set(self.request["at_limit"])
        instead: dict[str, str] = {}
        for one_of in assigned:
            if one_of["to"] != one_of["instead_of"]:
                instead.setdefault(one_of["instead_of"], one_of["to"])
        anyway = {a["to"] for a in assigned if a["to"] == a["instead_of"]}
        unasked = (full & set(panel)) - anyway
        people = [c["person"] for c in self.request["candidates"]]
        waiting = [p for p in people if p not in {*panel, *instead.values(), *full}]
        seen, self.stand_ins, self.holders = set(panel), set[str](), list[str]()
        for holder in panel:
            while True:
                if (to := instead.get(holder, holder)) not in seen:
                    self.stand_ins.add(to)
                    holder = to
                elif holder in declined - unasked and waiting:
                    holder = waiting.pop(0)
                else:
                    break
                seen.add(holder)
            need(holder not in declined | unasked, "assessment-missing")
            self.holders.append(holder)
        need(declined <= seen - unasked, "decline-not-asked")
        need(all(a["instead_of"] in seen for a in assigned), "assign-wrong")

    def basis(self) -> None:
        """D14 to D17."""
        basis = {b["assessor"]: b["commit"] for b in self.value["basis"]}
        need(sorted(b["assessor"] for b in self.value["basis"]) == sorted(self.holders), "decision-basis")
        for path in self.step.changes:
            if place(path).submission == self.about and place(path).kind == "assessment":
                need(place(path).who in self.holders, "assessment-not-asked")
        self.reviews: list[Json] = []
        self.words: dict[str, str] = {}
        left = {c.id: c for c in self.rubric_criteria if c.id not in self.request["carried"]}
        for person in self.holders:
            path = f"{self.attempts}reviews/{person}.json"
            review, state = self.answer_of(person, basis[person], path, "assessment")
            need(review["definition"] == self.request["definition"], "assessment-definition")
            digests, parts = review["commitments"], (review["sealed"], review["key"])
            if review["attested"]:
                need(not digests and not any(parts), "assessment-not-sealed")
                need(sorted(s["criterion"] for s in review["scores"]) == sorted(left), "scores-unfit")
            else:
                need(not review["scores"] and not review["summary"] and all(parts), "assessment-not-sealed")
                fits = len(digests) == len({*digests}) == 2 * len(left) + 1
                need(fits, "assessment-not-sealed")
            for score in review["scores"]:
                criterion = left[score["criterion"]]
                need(score["level"] in criterion.scale, "scores-unfit")
                need(criterion.meets(score["level"]) or score["feedback"].strip(), "scores-unfit")
            self.reviews.append(review)
            self.right_to_assess(state, person, basis[person], review["attested"])
        for said in self.value["basis"]:
            by = self.words.get(said["assessor"])
            need(said["attested"] == by, "decision-unflagged")
            start = f"{said['assessor']}'s assessment is attested by "
            need(not by or any(f.startswith(start) for f in self.value["flags"]), "decision-unflagged")

    def right_to_assess(self, state: State, person: str, commit: str, attested: Json) -> None:
        """D17, E3: at the one state that the review names."""
        if attested:
            self.words[person] = attested["by"]
            need(self.attested(state, person, commit, attested), "assessment-foreign")
        else:
            need(self.signs(state, person, commit), "assessment-foreign")
        kinds = state.rules["assessment"]["conflicts"]
        rules = {self.request["rule"]} | ({"expert"} if person in self.stand_ins else set())
        able = [state.eligible(person, self.earner, self.credential, rule, kinds) for rule in rules]
        need(any(able), "assessor-not-eligible")

    def attested(self, state: State, person: str, commit: str, said: Json) -> bool:
        """An issuer may have written an assessment down at a state, and such words count still (E5)."""
        accounts = state.people.get(person, {"accounts": {}})["accounts"]
        name, host = accounts.get(said["kind"], "").casefold(), state.rules["review_host"]
        return (
            state.rules["signatures"] == self.replay.now.rules["signatures"] == "recorded"
            and state.is_a(said["by"], "issuers")
            and said["by"] not in (self.earner, person)
            and self.signs(state, said["by"], commit)
            and name == said["account"].casefold() != ""
            and (not host or host["kind"] == said["kind"])
        )

    def levels(self) -> None:
        """D18 and D19; doubted requests (D8) are refused anyway."""
        value, lines = self.value, self.value["levels"]
        need(value["definition"] == self.request["definition"], "decision-definition")
        need(value["rule"] == self.request["rule"], "decision-rule")
        self.sealed()
        if value["outcome"] != "award":
            self.overridden(None)
            return
        need([x["criterion"] for x in lines] == [c.id for c in self.rubric_criteria], "decision-levels")
        scores, before = Opening(self).read()
        own: dict[str, str] = {}
        for criterion, said in zip(self.rubric_criteria, lines, strict=True):
            old = before.get(criterion.id) if criterion.id in self.request["carried"] else None
            need(said["level"] in criterion.scale, "decision-levels")
            given = sorted(criterion.scale.index(s[criterion.id]) for s in scores if criterion.id in s)
            combined = old or (criterion.scale[given[len(given) // 2]] if given else None)
            if said["level"] != combined:
                own[criterion.id] = said["level"]
            need(said["carried"] == (old is not None and said["level"] == old), "decision-levels")
            need(said["by_issuer"] == (criterion.id in own), "decision-levels")
            far_apart = not old and given and given[-1] - given[0] >= 2
            need(said["reason"].strip() or not (criterion.id in own or far_apart), "decision-reason")
        met = meets_rule(self.definition["award_rule"], self.rubric_criteria, [x["level"] for x in lines])
        need(value["recommended"] == ("award" if met else "revise"), "decision-recommended")
        need(value["reason"].strip() or value["outcome"] == value["recommended"], "decision-reason")
        self.overridden(own)

    def sealed(self) -> None:
        """D17a."""
        value, count = self.value, len(self.rubric_criteria)
        need(value["sealed"] and not value["feedback"], "decision-not-sealed")
        if value["outcome"] == "award":
            need(not value["commitments"], "decision-not-sealed")
            return
        shown = [value[name] for name in ("levels", "recommended", "reason", "opened")]
        need(not any(shown) and not (value["override"] or {}).get("opened"), "decision-not-sealed")
        need(len(value["commitments"]) == len({*value["commitments"]}) == count, "decision-not-sealed")

    def overridden(self, own: dict[str, str] | None) -> None:
        """D19a; `own`: the levels that are set by the issuer, None where they are sealed."""
        value, policy, proposed = self.value, self.replay.now.rules["assessment"], self.value["override"]
        outcome, path = value["outcome"], f"{self.attempts}override.json"
        departs = outcome == "decline" or (outcome == "award" and value["recommended"] != "award")
        need(not departs or policy["override"] != "never", "override-never")
        if not proposed:
            others = self.able(self.replay.now) - {value["issuer"]}
            alone = departs and policy["override"] == "two-issuers" and others
            need(not alone, "override-alone")
            need(path not in self.step.changes, "override-wrong")
            return
        issuer, commit = proposed["issuer"], proposed["commit"]
        need(departs or outcome == "revise", "override-wrong")
        need(issuer != value["issuer"], "override-alone")
        try:
            said, state = self.answer_of(issuer, commit, path, "override")
        except Wrong:
            raise Wrong("override-wrong") from None
        need(said["sealed"] and not (said["outcome"] or said["reason"] or said["levels"]), "override-wrong")
        if own is not None:
            need(self.proposed(said, proposed["opened"]) == own, "override-wrong")
        need(issuer in self.able(state) and self.signs(state, issuer, commit), "override-wrong")

    def proposed(self, said: Json, text: str) -> Json:
        """The levels of a proposal to award, as an award opens it; None for anything else (D19a)."""
        name, value = disclosed(text, ["proposal"])
        if not name or commitment(text) != said["commitment"]:
            return None
        match value:
            case {"issuer": by, "outcome": "award", "reason": str() as reason, "levels": list() as lines}:
                names = {"criterion", "level", "reason"}
                fits = all(isinstance(x, dict) and x.keys() == names for x in lines)
                fits = fits and all(isinstance(text, str) for x in lines for text in x.values())
                said_why = fits and all(why.strip() for why in (reason, *(x["reason"] for x in lines)))
                if said_why and len(value) == 4 and by == said["issuer"]:
                    return {x["criterion"]: x["level"] for x in lines}
        return None

    def able(self, state: State) -> set[str]:
        """The issuers who may decide (D19a)."""
        issuers = set(state.rules["roles"]["issuers"]) - {self.earner}
        return issuers - {b["assessor"] for b in self.value["basis"]} or issuers

    def course(self) -> None:
        """D20 and D21."""
        replay = self.replay
        attempt, last = replay.now.newest.get(self.about, (self.attempt, None))
        if last and attempt != self.attempt:
            need(attempt < self.attempt and last["outcome"] != "decline", "decision-final")
            award = replay.given.get((self.about, attempt))
            if last["outcome"] == "award" and award and not award.revoked:
                path = f"credentials/{self.credential}/credential.yaml"
                old = self.library.readable(path, ("100644", last["definition"]["blob"]))
                end = last_day(old, award.begins or last["decided"])
                need(end and end < moment(self.value["decided"]).date(), "decision-final")
        checkpoint = self.value["checkpoint"]
        need(checkpoint or not replay.checkpoints, "checkpoint-wrong")
        right = {"commit": self.step.before, "awards": len(replay.given)}
        need(not checkpoint or checkpoint == right, "checkpoint-wrong")

    def dates(self) -> None:
        """D22."""
        decided, requested = moment(self.value["decided"]), moment(self.request["requested"])
        step = self.replay.clone.commit(self.step.commit).when
        check_date(self.replay, decided, requested, step)
        key = current_key(self.replay.now.rules)
        if self.value["outcome"] == "award" and key:
            need(key["since"] <= decided.date().isoformat(), "decision-date")


class Opening:
    """What an award opens: the levels of its reviews, and the way of each level that it keeps (D17b)."""

    def __init__(self, decision: Decision) -> None:
        self.decision, self.value = decision, decision.value
        self.rubric = {c.id: c for c in decision.rubric_criteria}
        self.places = set[tuple[int, str | None]]()

    def read(self) -> tuple[list[dict[str, str]], dict[str, str]]:
        """The levels of each review, and the kept levels."""
        request = self.decision.request
        left = [c for c in self.rubric if c not in request["carried"]]
        scores = [self.levels(review, left, left) for review in self.decision.reviews]
        kept = self.kept(request["carried"]) if request["carried"] else {}
        places = {(int(o["attempt"]), o["assessor"]) for o in self.value["opened"]}
        need(places <= self.places, "levels-other")
        return scores, kept

    def texts(self, attempt: int, person: str | None) -> list[str]:
        """The disclosures for a review, or for a decision."""
        entries = self.value["opened"]
        mine = [o for o in entries if (int(o["attempt"]), o["assessor"]) == (attempt, person)]
        return [text for o in mine for text in o["levels"]]

    def levels(self, review: Json, left: Sequence[str], due: Sequence[str]) -> dict[str, str]:
        """The levels of a review. `left`: those that it commits to; `due`: those that are to be opened."""
        if review["attested"]:
            return {s["criterion"]: s["level"] for s in review["scores"]}
        attempt, person, digests = int(review["attempt"]), review["assessor"], review["commitments"][:-1]
        self.places.add((attempt, person))
        found: dict[str, str] = {}
        for text in self.texts(attempt, person):
            _, said = disclosed(text, ["level"])
            need(said.keys() == {"assessor", "criterion", "level"}, "levels-other")
            need(all(isinstance(x, str) for x in said.values()), "levels-other")
            need(commitment(text) in digests and said["assessor"] == person, "levels-other")
            at, criterion = digests.index(commitment(text)), said["criterion"]
            need(at % 2 == 0 and left[at // 2 : at // 2 + 1] == [criterion], "levels-other")
            need(criterion in due and criterion not in found, "levels-other")
            need(said["level"] in self.rubric[criterion].scale, "scores-unfit")
            found[criterion] = said["level"]
        need(found.keys() == {*due}, "levels-not-opened")
        return found

    def kept(self, carried: Sequence[str]) -> dict[str, str]:
        """The kept levels that are opened, each from the newest decision back to where it was given."""
        earlier = self.decision.replay.decisions.get(self.decision.about, [])[::-1]
        kept: dict[str, str] = {}
        wanted: dict[str, str | None] = dict.fromkeys(carried)
        for number, last in enumerate(earlier):
            if not wanted or not self.texts(int(last["attempt"]), None):
                break
            settled = self.settled(last, wanted)
            need(number == 0 or settled.keys() == wanted.keys(), "levels-not-opened")
            kept = kept or {c: x["level"] for c, x in settled.items()}
            need(all(wanted[c] in (None, x["level"]) for c, x in settled.items()), "decision-levels")
            self.origin(last, settled)
            wanted = {c: x["level"] for c, x in settled.items() if x["carried"]}
        need(not kept or not wanted or None in wanted.values(), "levels-not-opened")
        return kept

    def settled(self, last: Json, wanted: Iterable[str]) -> dict[str, Json]:
        """The levels of an earlier decision that are opened."""
        self.places.add((int(last["attempt"]), None))
        found: dict[str, Json] = {}
        for text in self.texts(int(last["attempt"]), None):
            _, said = disclosed(text, ["settled"])
            names = {"criterion": str, "level": str, "carried": bool, "by_issuer": bool, "reason": str}
            need(said.keys() == names.keys(), "levels-other")
            need(all(isinstance(said[k], kind) for k, kind in names.items()), "levels-other")
            need(commitment(text) in last["commitments"], "levels-other")
            at, criterion = last["commitments"].index(commitment(text)), said["criterion"]
            need([*self.rubric][at : at + 1] == [criterion], "levels-other")
            need(criterion in wanted and criterion not in found, "levels-other")
            need(said["level"] in self.rubric[criterion].scale, "decision-levels")
            found[criterion] = said
        return found

    def origin(self, last: Json, settled: dict[str, Json]) -> None:
        """Levels that an earlier decision did not keep itself follow from its reviews, or have a reason."""
        decision, attempt = self.decision, int(last["attempt"])
        request = decision.library.request(last["judged"], decision.about)
        need(request, "levels-other")
        left = [c for c in self.rubric if c not in request["carried"]]
        own = [c for c, x in settled.items() if not x["carried"] and not x["by_issuer"]]
        files, scores = decision.library.files(decision.step.before or ""), []
        for person in [b["assessor"] for b in last["basis"]] if own else []:
            path = f"portfolios/{decision.about}/attempts/{attempt}/reviews/{person}.json"
            review = decision.library.readable(path, files.get(path))
            need(review, "levels-not-opened")
            said = (review["submission"], int(review["attempt"]), review["assessor"])
            need(said == (decision.about, attempt, person), "levels-not-opened")
            scores.append(self.levels(review, left, own))
        for name, said in settled.items():
            need(said["by_issuer"] or said["carried"] == (name in request["carried"]), "decision-levels")
            if said["carried"]:
                continue
            scale = self.rubric[name].scale
            given = sorted(scale.index(s[name]) for s in scores if s.get(name) in scale)
            if said["by_issuer"]:
                need(said["reason"].strip(), "decision-levels")
            else:
                need(given and said["level"] == scale[given[len(given) // 2]], "decision-levels")
                need(given[-1] - given[0] < 2 or said["reason"].strip(), "decision-levels")


def check_date(
    replay: Replay, when: datetime, after: datetime, step: datetime, code: str = "decision-date"
) -> None:
    """D22, R3."""
    need(when >= after - FEW and when >= replay.founded - FEW, code)
    need(step < after - FEW or when <= step + timedelta(days=1), code)
    need(when <= datetime.now(UTC) + FEW, code)


def is_submit(trailers: Mapping[str, str], about: str) -> int:
    """The attempt that a commit submits, or 0 (S6)."""
    attempt = trailers.get("Mcred-Attempt", "")
    right = (trailers.get("Mcred-Event"), trailers.get("Mcred-Submission")) == ("submit", about)
    return int(attempt) if right and re.fullmatch("[1-9][0-9]{0,3}", attempt) else 0


def meets_rule(rule: str, rubric: Sequence[Criterion], levels: Sequence[str]) -> bool:
    """D18.6."""
    met = [c.meets(level) for c, level in zip(rubric, levels, strict=True)]
    if m := re.fullmatch("([0-9]+) of ([0-9]+)", rule):
        return int(m[2]) == len(met) and sum(met) >= int(m[1])
    if rule == RULE:
        return bool(met) and all(met)
    points = sum(len(c.scale) - 1 - c.scale.index(level) for c, level in zip(rubric, levels, strict=True))
    return bool(met) and points >= int(rule.split()[-1])


# 9. The badge ----------------------------------------------------------------------------------------------

BADGE = r"""{
"@context": ["https://www.w3.org/ns/credentials/v2", "{purl}context-3.0.3.json", "{purl}extensions.json"],
"id": "$address", "type": ["VerifiableCredential", "OpenBadgeCredential"], "name": "$name",
"issuer": {"id": "$did", "type": ["Profile"], "name": "$issuer", "?url": "$url", "?email": "$email",
  "?description": "$description"},
"validFrom": "$begins", "?validUntil": "$ends", "awardedDate": "$awarded", "credentialSubject": "$subject",
"?evidence": "$evidence", "credentialSchema": [{"id":
  "{purl}schema/json/ob_v3p0_achievementcredential_schema.json", "type": "1EdTechJsonSchemaValidator2019"}],
"?credentialStatus": "$status", "?relatedResource": "$related"}"""
STATUS = r"""{"id": "{list}#{index}", "type": "BitstringStatusListEntry", "statusPurpose": "revocation",
"statusListIndex": "$index", "statusListCredential": "$list"}"""
SUBJECT = r"""{"type": ["AchievementSubject"], "identifier": "$identifiers", "achievement": {
  "id": "$definition", "type": ["Achievement"], "achievementType": "$type", "name": "$title",
  "description": "$about", "version": "$version", "?inLanguage": "$language",
  "criteria": {"?id": "$page", "narrative": "$narrative"}, "?image": "$image", "?tag": "$tag",
  "?alignment": "$alignment", "?creditsAvailable": "$credits", "?resultDescription": "$described"},
"?result": "$result", "narrative": "$how", "?source": "$source"}"""
IDENTIFIER = r"""{"type": "IdentityObject", "hashed": "$hashed", "identityHash": "$value",
"identityType": "$kind", "?salt": "$salt"}"""
ALIGNMENT = r"""{"type": ["Alignment"], "targetName": "$name", "targetUrl": "$link",
"targetFramework": "$framework", "?targetCode": "$code"}"""
DESCRIBED = r"""{"id": "$name", "type": ["ResultDescription"], "name": "$title",
"resultType": "RubricCriterionLevel", "requiredLevel": "{name}:{required}",
"rubricCriterionLevel": "$levels"}"""
LEVEL = r"""{"id": "{name}:{level}", "type": ["RubricCriterionLevel"], "name": "$level",
"description": "$text", "points": "$points"}"""
RESULT = r"""{"type": ["Result"], "resultDescription": "{definition}:{criterion}",
"achievedLevel": "{definition}:{criterion}:{level}"}"""
EVIDENCE = r"""{"?id": "$link", "type": ["Evidence"], "name": "$title", "genre": "$genre",
"description": "$description", "?digestSRI": "$sri"}"""
IMAGE = '{"id": "$link", "type": "Image", "caption": "$title"}'
SOURCE = '{"id": "urn:mcred:assessors:{judged}:{attempt}", "type": ["Profile"], "name": "$who"}'
PURL = "https://purl.imsglobal.org/spec/ob/v3p0/"
CLOSED = "Anyone who is given this piece can check that it was assessed."
PAGE = "Shows the pieces that the earner publishes."
KEPT = "Kept in the programme's record; private unless the programme shows it."


def fill(template: str, **values: Json) -> Json:
    """A JSON text with values put in: `$name` is one, `{name}` a part of a text; `?`: not there if empty."""

    def filled(part: Json) -> Json:
        if isinstance(part, str):
            return values[part[1:]] if part.startswith("$") else part.format_map(values)
        if isinstance(part, list):
            return [filled(x) for x in part]
        made = {name: filled(x) for name, x in part.items()} if isinstance(part, dict) else {}
        return {name.lstrip("?"): x for name, x in made.items() if x or not name.startswith("?")}

    return filled(json.loads(template))


def current_key(rules: Json) -> Json:
    """The current issuer key, or None (4.1)."""
    return next((k for k in reversed(rules["issuer"]["keys"]) if not k["until"]), None)


def credit_hours(text: str) -> int | float | None:
    """`creditsAvailable`, a whole number without a point."""
    number = float(text or 0)
    return (int(number) if number.is_integer() else number) or None


def last_day(definition: Json, begins: str) -> date | None:
    """The last day of an award (B3)."""
    if not definition or not definition["validity"]:
        return None
    day = moment(begins).date()
    months = day.year * 12 + day.month - 1 + int(definition["validity"]["months"])
    first = date(months // 12, months % 12 + 1, 1)
    end = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return first.replace(day=min(day.day, end.day))


def utc(text: str) -> str:
    """A time as badges write it (B3)."""
    return moment(text).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def clean_link(text: str) -> str:
    """A safe absolute http(s) address, or nothing (B8)."""

    def q(part: str, more: str = "") -> str:
        return quote(re.sub("%(?![0-9A-Fa-f]{2})", "%25", part), safe="/%:@!$&'()*+,;=~" + more)

    try:
        u = urlsplit(text.strip())
        host = (u.hostname or "").encode("idna").decode("ascii")
        port = f":{u.port}" if u.port is not None else ""
    except ValueError:
        return ""
    if u.scheme not in ("http", "https") or not re.fullmatch("[a-z0-9.-]+", host) or "@" in u.netloc:
        return ""
    return urlunsplit((u.scheme, host + port, q(u.path), q(u.query, "?"), q(u.fragment, "?")))


def dids(rules: Json, key: Json) -> list[str]:
    """How the issuer may be named: today's spelling and the older one (B6)."""
    site = rules["site"]["url"]
    if not site:
        return [f"did:key:{key['multibase']}"]
    u = urlsplit(clean_link(site))
    if u.scheme != "https" or u.query or u.fragment or re.fullmatch(r"[0-9.]+(:.*)?", u.netloc):
        raise Wrong("award-other")
    parts = [p for p in u.path.strip("/").split("/") if p]
    host = "did:web:" + quote(u.netloc, safe="")
    new = [quote(unquote_to_bytes(p), safe="").replace("~", "%7E") for p in parts]
    return [":".join([host, *new]), ":".join([host, *(quote(p, safe="") for p in parts)])]


def inside(value: Json, *names: str) -> Json:
    """A member of a member, or None."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def sri(digest: str) -> str:
    """A SHA-256 as badges link it."""
    return f"sha256-{base64.b64encode(bytes.fromhex(digest)).decode()}"


def base58(text: str) -> bytes:
    """The bytes of base58 digits."""
    digits, number = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz", 0
    for letter in text:
        number = number * 58 + digits.index(letter)
    return b"\0" * (len(text) - len(text.lstrip("1"))) + number.to_bytes(
        (number.bit_length() + 7) // 8, "big"
    )


def canonical(document: Json) -> bytes:
    """The SHA-256 of a document as RFC 8785 spells it; a badge has only ASCII names, and no fractions but
    credits."""
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).digest()


class Badge:
    """What all badges have in common: the issuer, the earner, the proof and the comparison."""

    def __init__(self, replay: Replay, person: str, blob: str) -> None:
        self.replay, self.rules, self.person = replay, replay.now.rules, person
        self.key: Json = current_key(self.rules)
        self.earner: Json = replay.now.people.get(person)
        self.site = clean_link(self.rules["site"]["url"] or self.rules["issuer"]["url"]).rstrip("/")
        self.own: Json = replay.library.document(blob)
        self.old = False

    def expected(self) -> Json:
        """The badge without its proof."""
        raise NotImplementedError

    def compare(self) -> None:
        """The badge is what the record gives, in any order of members (B1 to B9)."""
        need(self.own and self.earner, "award-other")
        badge, own = self.expected(), dict(self.own)
        self.proof(own.pop("proof", None), badge["issuer"]["id"])
        if self.old and not self.key:
            badge, own = forget(badge), forget(own)
        need(json.dumps(badge, sort_keys=True) == json.dumps(own, sort_keys=True), "award-other")

    def proof(self, proof: Json, did: str) -> None:
        """The members of the proofs (B9), and the signature of the second; that of the first cannot be told
        (B10)."""
        if not self.key:
            return need(proof is None, "award-other")
        if isinstance(proof, list):
            need(len(proof) == 2 and isinstance(proof[1], dict), "award-other")
            proof, second = proof
            self.members(proof, did)
            options = {k: v for k, v in second.items() if k != "proofValue"}
            alike = {k: v for k, v in proof.items() if k != "proofValue"}
            context = self.own["@context"]
            need(options == {**alike, "cryptosuite": "eddsa-jcs-2022", "@context": context}, "award-other")
            self.members({**proof, "proofValue": second.get("proofValue")}, did)
            said = {k: v for k, v in self.own.items() if k != "proof"}
            need(self.signed(canonical(options) + canonical(said), second["proofValue"]), "award-other")
        else:
            self.members(proof, did)

    def signed(self, digests: bytes, value: str) -> bool:
        """Whether a second proof's value is the issuer's signature."""
        key = base58(self.key["multibase"][1:])
        try:
            Ed25519PublicKey.from_public_bytes(key[2:]).verify(base58(value[1:]), digests)
        except (InvalidSignature, ValueError):
            return False
        return key[:2] == b"\xed\x01"

    def members(self, proof: Json, did: str) -> None:
        """One proof's members, spelled as the first's."""
        need(isinstance(proof, dict), "award-other")
        said = {k: v for k, v in proof.items() if k not in ("created", "proofValue")}
        method = did + "#" + self.key["multibase" if did.startswith("did:key:") else "id"]
        right = {
            "type": "DataIntegrityProof",
            "cryptosuite": "eddsa-rdfc-2022",
            "proofPurpose": "assertionMethod",
        }
        need(said == {**right, "verificationMethod": method}, "award-other")
        created, value = str(proof.get("created")), str(proof.get("proofValue"))
        need(re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z", created), "award-other")
        need(
            re.fullmatch("z[1-9A-HJ-NP-Za-km-z]{80,90}", value) and len(base58(value[1:])) == 64,
            "award-other",
        )

    def frame(self, **values: Json) -> Json:
        """The whole badge around what is special to it (section 9, B5 to B7)."""
        issuer, own, status = self.rules["issuer"], inside(self.own, "issuer", "id"), None
        did = clean_link(issuer["url"]) or f"urn:mcred:issuer:{issuer['id']}"
        if self.key:
            spellings = dids(self.rules, self.key)
            did = own if own in spellings else spellings[0]
            if (entry := status_of(self.own)) and re.fullmatch("0|[1-9][0-9]{0,8}", entry[1]):
                status = fill(STATUS, list=entry[0], index=entry[1])
        about = {
            "email": issuer["email"],
            "description": issuer["description"],
            "url": clean_link(issuer["url"]),
        }
        return fill(BADGE, purl=PURL, did=did, issuer=issuer["name"], status=status, **about, **values)

    def identifiers(self) -> Json:
        """Who earned it (B4, B7)."""
        name = fill(IDENTIFIER, hashed=False, value=self.earner["name"], kind="name", salt="")
        if not self.key:
            return [fill(IDENTIFIER, hashed=False, value=self.person, kind="systemId", salt=""), name]
        entries = inside(self.own, "credentialSubject", "identifier")
        entries = entries if isinstance(entries, list) else []
        salts = [inside(e, "salt") for e in entries if inside(e, "identityType") == "systemId"]
        salt = next((s for s in salts if isinstance(s, str)), "")
        digest = "sha256$" + hashlib.sha256((self.person + salt).encode()).hexdigest()
        found = [fill(IDENTIFIER, hashed=True, value=digest, kind="systemId", salt=salt)]
        if email := self.earner["email"]:
            hashed = {"value": email["hash"], "kind": "emailAddress", "salt": email["salt"]}
            found.insert(0, fill(IDENTIFIER, hashed=True, **hashed))
        return found + ([name] if self.earner["publish"] == "public" else [])

    def image(self, title: str, clean: Callable[[str], str]) -> Json:
        """The image that the badge names (B2, B7)."""
        link = inside(self.own, "credentialSubject", "achievement", "image", "id")
        link = clean(link) if isinstance(link, str) and self.key else ""
        return fill(IMAGE, link=link, title=title) if link else None


def forget(badge: Json) -> Json:
    """A badge without what did not count before wording 1 (B7)."""

    def without(part: Json) -> Json:
        if isinstance(part, dict):
            return {k: without(v) for k, v in part.items() if k != "digestSRI"}
        return [without(x) for x in part] if isinstance(part, list) else part

    badge = without({k: v for k, v in badge.items() if k not in ("@context", "credentialSchema")})
    text = inside(badge, "credentialSubject", "achievement", "criteria")
    if isinstance(text, dict):
        text.pop("narrative", None)
    return badge


class Decided(NamedTuple):
    """A decision with what it rests on."""

    value: Json
    blob: str
    definition: Json
    rubric: list[Criterion]


class AwardBadge(Badge):
    """The badge of an award, of any number (section 9)."""

    def __init__(self, replay: Replay, path: str, blob: str, decided: Decided, begins: str) -> None:
        at = place(path)
        super().__init__(replay, at.person, blob)
        self.about, self.attempt, self.number, self.begins = at.submission, at.attempt, at.number, begins
        self.value, self.blob, self.definition, self.rubric = decided
        self.old = self.value["badge"] == 0

    def expected(self) -> Json:
        """B1, B3 and what goes on."""
        need(not self.key or self.value["badge"] == 1 or (self.number > 1 and self.old), "award-other")
        end, related = last_day(self.definition, self.begins), []
        if self.number > 1:
            before = self.replay.given[self.about, self.attempt].documents[self.number - 1]
            digest = hashlib.sha384(self.replay.library.content(before)).digest()
            name = inside(self.replay.library.document(before), "id")
            related = [{"id": name, "digestSRI": f"sha384-{base64.b64encode(digest).decode()}"}]
        badge = self.frame(
            address=self.address(),
            name=self.definition["title"],
            begins=utc(self.begins),
            ends=f"{end}T23:59:59Z" if end else "",
            awarded=utc(self.value["decided"]),
            subject=self.subject(),
            evidence=self.evidence(),
            related=related,
        )
        return badge

    def address(self) -> str:
        """ADDRESS (B4)."""
        more = str(self.number) if self.number > 1 else ""
        if self.site and (self.earner["publish"] != "private" or not self.key):
            return f"{self.site}/badges/{self.about}/{self.attempt}{more and f'-{more}'}/badge.json"
        name = f"mcred:{self.value['judged']}:{self.about}:{self.attempt}{more and f':{more}'}"
        return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, name)}"

    def subject(self) -> Json:
        """The earner, what was achieved and how."""
        f, value, version = self.definition, self.value, self.value["definition"]["version"]
        definition = f"urn:mcred:definition:{f['id']}:{version}:{value['definition']['blob']}"
        many = len({b["assessor"] for b in value["basis"]})
        who = f"{many} {'expert' if value['rule'] == 'expert' else 'teacher'}{'s' if many != 1 else ''}"
        who += "" if value["rule"] == "expert" else " who earned it before"
        language = re.fullmatch("[a-z]{2,4}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?", f["language"])
        links = [(a, clean_link(a["url"])) for a in f["alignment"]]
        subject = fill(
            SUBJECT,
            identifiers=self.identifiers(),
            definition=definition,
            type="MicroCredential",
            title=f["title"],
            about=f["competency"],
            version=f["version"],
            language=f["language"] if language else "",
            page=self.site and f"{self.site}/credentials/{f['id']}/",
            narrative=self.narrative(),
            image=self.image(f["title"], clean_link),
            tag=[],
            alignment=[fill(ALIGNMENT, **a, link=link) for a, link in links if link],
            credits=credit_hours(f["credits"]),
            described=[],
            result=[],
            how=f"Assessed by {who} against the rubric of version {version}.",
            source=self.key and fill(SOURCE, judged=value["judged"], attempt=value["attempt"], who=who),
        )
        # These are there even if they are empty.
        subject["achievement"]["tag"] = list(dict.fromkeys(f["topics"]))
        subject["achievement"]["resultDescription"] = [
            described(f"{definition}:{c.id}", c) for c in self.rubric
        ]
        subject["result"] = [fill(RESULT, definition=definition, **x) for x in value["levels"]]
        return subject

    def narrative(self) -> str:
        """NARRATIVE and the departures (B4)."""
        f, rule, many = self.definition, self.definition["award_rule"], len(self.rubric)
        override = self.value["recommended"] != "award"
        lines = [
            f["competency"],
            "",
            f"Key method: {f['key_method']}",
            "",
            *(f"- {c.title}" for c in self.rubric),
        ]
        lines += ["", f"The rule: {rule}." if override else f"Earned with: {rule}."]
        levels = {x["criterion"]: x for x in self.value["levels"]}
        below = [c.title for c in self.rubric if not c.meets(levels[c.id]["level"])]
        if override:
            said = f"below the required level in {len(below)} of {many}: {'; '.join(below)}."
            said = said if below else f"the levels do not reach what its rule asks for ({rule})."
            whose = "the decision of two issuers" if self.value["override"] else "the issuer's decision"
            lines += ["", f"Awarded by {whose} against the levels; {said}"]
        own = [c.title for c in self.rubric if levels[c.id]["by_issuer"]]
        if own:
            said = f"set the level of {len(own)} of {many}: {'; '.join(own)}."
            lines += ["", f"The issuer, not the assessors, {said}"]
        basis = self.value["basis"]
        if words := [b for b in basis if b["attested"]]:
            whose, reviews = (
                "its assessor" if len(words) == 1 else "their assessors",
                "review" + "s" * (len(basis) > 1),
            )
            said = f"{len(words)} of {len(basis)} {reviews} by the issuer's word: {whose} did not sign."
            lines += ["", f"Rests on {said}"]
        return "\n".join(lines + (["", f["for_recognizers"]] if f["for_recognizers"] else []))

    def evidence(self) -> list[Json]:
        """EVIDENCE (B4, B7)."""
        if not self.key:
            return []
        request = self.replay.library.request(self.value["judged"], self.about)
        items = {i["id"]: i["title"] for part in self.definition["parts"] for i in part["items"]}
        found = [
            fill(
                EVIDENCE,
                link=f"urn:mcred:piece:{p['commitment']}",
                title=items.get(p["item"], "File"),
                genre=p["type"],
                description=CLOSED,
                sri="",
            )
            for p in (request["pieces"] if request else [])
        ]
        if self.site and self.earner["publish"] != "private":
            page = self.address().removesuffix("badge.json")
            found.append(
                fill(
                    EVIDENCE, link=page, title="The badge's page", genre="web page", description=PAGE, sri=""
                )
            )
        judged, decision = f"swh:1:rev:{self.value['judged']}", f"swh:1:cnt:{self.blob}"
        for link, title, genre in (
            (judged, "Submission as judged", "submission record"),
            (decision, "Decision", "decision record"),
        ):
            found.append(fill(EVIDENCE, link=link, title=title, genre=genre, description=KEPT, sri=""))
        return found


def described(name: str, criterion: Criterion) -> Json:
    """A criterion in a badge."""
    scale, levels = criterion.scale, []
    for n, level in enumerate(scale):
        points = str(len(scale) - 1 - n)
        levels.append(fill(LEVEL, name=name, level=level, text=criterion.texts.get(level, ""), points=points))
    return fill(DESCRIBED, name=name, title=criterion.title, required=criterion.required, levels=levels)


class StackBadge(Badge):
    """The badge of a stack (R10 to R13)."""

    def __init__(self, replay: Replay, step: Step, path: str, blob: str) -> None:
        super().__init__(replay, place(path).person, blob)
        self.at, self.step = place(path), step
        self.stack = replay.stacks.get((self.at.person, self.at.who), Stack())
        self.before: Json = None
        self.blob, self.definition = replay.now.stacks.get(self.at.who, ("", None))

    def check(self) -> None:
        """R10 to R13."""
        folder = f"portfolios/{self.at.person}/stacks/{self.at.who}/{self.at.number}/"
        if f"{folder}reissue.json" in self.step.changes:
            self.again(f"{folder}reissue.json")
        else:
            need(set(self.stack.documents) <= self.stack.ended, "stack-not-earned")
        need(self.definition, "stack-not-earned")
        self.held()
        self.compare()

    def again(self, path: str) -> None:
        """Issued again (R10)."""
        library, at, newest = self.replay.library, self.at, max(self.stack.documents, default=0)
        said = library.readable(path, self.step.changes[path][1])
        self.replay.said(self.step, said, "reissue-wrong")
        need(newest and newest not in self.stack.ended and at.number == newest + 1, "reissue-wrong")
        self.before = library.document(self.stack.documents[newest])
        need(said["replaces"] == inside(self.before, "id"), "reissue-wrong")
        urn = str(inside(self.before, "credentialSubject", "achievement", "id")).split(":")
        need(urn[:4] == ["urn", "mcred", "stack", at.who] and len(urn) == 6, "stack-not-earned")
        need(re.fullmatch(PATTERNS["hash"], urn[5]), "stack-not-earned")
        self.blob = urn[5]
        self.definition = library.readable(f"credentials/stacks/{at.who}.yaml", ("", self.blob))

    def held(self) -> None:
        """R11 and R12."""
        replay, held = self.replay, dict[str, str]()
        for (about, _), award in sorted(replay.given.items()):
            person, credential = about.split("/")
            if person == self.person and not award.revoked and replay.now.balance[person, credential] > 0:
                held[credential] = award.documents[award.newest]
        for path in self.step.added("award") if self.step.decision else []:
            held[place(path).submission.split("/")[1]] = self.step.blob(path)
        wanted = [c for c in self.definition["credentials"] if c in held]
        enough = self.definition["need"] or len(self.definition["credentials"])
        need(len(wanted) >= enough, "stack-not-earned")
        entries = inside(self.own, "evidence")
        entries = entries if isinstance(entries, list) else []
        named = [
            str(inside(e, "description")) for e in entries if inside(e, "genre") == "micro-credential badge"
        ]
        digests = {c: hashlib.sha256(replay.library.content(held[c])).hexdigest() for c in wanted}
        self.counted = {
            digest: replay.library.document(held[c])
            for c, digest in digests.items()
            if f"SHA-256 {digest}" in named
        }
        need(len(self.counted) >= enough, "award-other")
        need({*named} == {f"SHA-256 {digest}" for digest in self.counted}, "award-other")
        self.awarded = str(inside(self.own, "awardedDate"))
        ends = [str(d["validUntil"]) for d in self.counted.values() if d.get("validUntil")]
        self.end = min(ends, default="")
        need(not self.end or self.end >= self.awarded, "award-other")
        need(not self.before or self.awarded == self.before.get("awardedDate"), "award-other")

    def expected(self) -> Json:
        """R13."""
        f, at, total = self.definition, self.at, len(self.definition["credentials"])
        enough = f["need"] or total
        rule = f"Earned with {'all' if enough == total else enough} of {total} micro-credentials."
        titles = {c: d["title"] for c, (_, d) in self.replay.now.definitions.items()}
        lines = [rule, "", *(f"- {titles.get(c, c)}" for c in f["credentials"])]
        subject = fill(
            SUBJECT,
            identifiers=self.identifiers(),
            definition=f"urn:mcred:stack:{at.who}:{f['version']}:{self.blob}",
            type="ext:MicroCredentialStack",
            title=f["title"],
            about=f["for_recognizers"] or rule,
            version=f["version"],
            page=self.site and f"{self.site}/stacks/{at.who}/",
            narrative="\n".join(lines + (["", f["text"]] if f["text"] else [])),
            image=self.image(f["title"], str),
            tag=list(dict.fromkeys(f["topics"])),
            credits=credit_hours(f["credits"]),
            how=f"Given by rule: holds {', '.join(str(d.get('name')) for d in self.counted.values())}.",
            **dict.fromkeys(["language", "alignment", "described", "result", "source"], ""),
        )
        private, evidence = self.earner["publish"] == "private", []
        for digest, d in self.counted.items():
            link = "" if private and str(d.get("id")).startswith("http") else d.get("id")
            more = {"genre": "micro-credential badge", "sri": sri(digest)}
            text = f"SHA-256 {digest}"
            evidence.append(fill(EVIDENCE, link=link, title=d.get("name"), description=text, **more))
        address = f"{self.site}/badges/{self.person}/stacks/{at.who}/{at.number}/badge.json"
        if not self.site or (private and self.key):
            name = f"mcred:{' '.join(sorted(self.counted))}:{self.person}/stacks/{at.who}:{at.number}"
            address = f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, name)}"
        times = {"begins": self.awarded, "ends": self.end, "awarded": self.awarded}
        return self.frame(
            address=address, name=f["title"], subject=subject, evidence=evidence, related=None, **times
        )


def zone(name: str) -> tzinfo | None:
    """A time zone, None for a name that none has (R15)."""
    if not re.fullmatch("UTC|[A-Z][A-Za-z]*(?:/[A-Z][A-Za-z0-9_+-]*){1,2}", name):
        return None
    try:
        return UTC if name == "UTC" else ZoneInfo(name)
    except (ValueError, LookupError, OSError):
        raise CannotTell(f"what days are in {name}") from None


def months_before(day: date, months: int) -> date:
    """The same day so many months before, or the last one of a month that is too short."""
    count = day.year * 12 + day.month - 1 - months
    return date(count // 12, count % 12 + 1, min(day.day, monthrange(count // 12, count % 12 + 1)[1]))


def on(text: str, year: int) -> date:
    """A day of a year."""
    return date(year, int(text[:2]), int(text[3:]))


def next_on(text: str, day: date) -> date:
    """The first such day that is not before another."""
    return on(text, day.year) if on(text, day.year) >= day else on(text, day.year + 1)


def add(*many: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Amounts together."""
    total: dict[str, Decimal] = {}
    for amounts in many:
        for unit, amount in amounts.items():
            total[unit] = total.get(unit, ZERO) + amount
    return total


ZERO = Decimal(0)
Group = tuple[str, str, str]


@dataclass
class Presented:
    """A badge of the record as a policy sees it (R18)."""

    name: str
    title: str
    credential: str
    stack: str
    version: str
    earned: date
    renewed: date | None
    ends: date | None
    revoked: bool
    override: bool
    levels: dict[str, tuple[str, list[str]]]
    digests: set[str]
    contains: set[tuple[str, str]]
    """What a stack's badge was given for: ("", digest), and ("title", title)."""


@dataclass
class Counting:
    """A badge that a rule fits (R19)."""

    badge: Presented
    rule: Json
    group: Group
    day: date
    counted: dict[str, Decimal] = field(default_factory=dict)

    @property
    def marks(self) -> set[tuple[str, str]]:
        """What a stack's badge names it by."""
        found = {("", digest) for digest in self.badge.digests}
        return found if self.badge.stack or not self.badge.title else found | {("title", self.badge.title)}


class Recognized:
    """A recorded decision on what is recognized (R15 to R20)."""

    def __init__(self, replay: Replay, step: Step, path: str, value: Json) -> None:
        self.replay, self.step, self.at, self.value = replay, step, place(path), value
        self.library, self.person = replay.library, self.at.person
        recorded = replay.recognized.get((self.person, self.at.who), {})
        self.taken, self.earlier = set(recorded), [one for one, _ in recorded.values()]
        self.right = [n for n, (_, is_right) in enumerate(recorded.values()) if is_right]

    def check(self) -> None:
        """R17 and R20."""
        self.said()
        lines, total = self.expected([badge for badge in self.badges() if badge])
        need(lines and self.value["lines"] == lines, "recognized-other")
        need(self.value["total"] == total, "recognized-other")

    def expected(self, badges: Sequence[Presented]) -> tuple[list[Json], list[Json]]:
        """The lines that it has to have, and the total (R20)."""
        before = self.sums(self.earlier)
        counted, others = self.count(badges)
        lines = []
        for one in counted:
            change = self.change(one.counted, before.pop(one.badge.name, {}))
            rule, pays = (one.rule["id"], self.pays(one.day)) if one.counted else (None, None)
            lines.append(self.line(one.badge, change, rule, pays))
        for badge in sorted(others, key=lambda b: (b.earned, b.name)):
            lines.append(self.line(badge, self.change({}, before.pop(badge.name, {})), None, None))
        gone = [{"badge": name, "amounts": self.change({}, before[name])} for name in sorted(before)]
        lines += [{**line, **dict.fromkeys(("rule", "earned", "pay_from"))} for line in gone]
        lines = [line for line in lines if line["amounts"]]
        sums = add(*({a["unit"]: Decimal(a["amount"])} for line in lines for a in line["amounts"]))
        return lines, self.amounts(sums)

    def said(self) -> None:
        """R17."""
        value, replay, code = self.value, self.replay, "recognized-wrong"
        need(value, code)
        need(self.step.signer is None or value["by"] == self.step.signer, code)
        need(value["number"] == min(set(range(1, len(self.taken) + 2)) - self.taken), code)
        position = replay.positions.get(value["main"], 0)
        need(0 < position < self.step.position, code)
        blob = replay.right[position].policies.get(self.at.who, "")
        self.policy = self.library.policy(self.at.who, blob)
        need(self.policy and blob == value["blob"], code)
        as_of, self.zone = date.fromisoformat(value["as_of"]), zone(self.policy["time_zone"])
        days = [self.day_of(when) for when in replay.dates[position - 1 :]]
        need(1970 <= as_of.year < 2200 and days[0] <= as_of, code)
        need(all(day > as_of for day in days[1:]), code)
        need(as_of <= self.day_of(moment(value["recorded"])), code)
        need(all(self.earlier[n]["as_of"] <= value["as_of"] for n in self.right), code)
        step_date = replay.clone.commit(self.step.commit).when
        check_date(replay, moment(value["recorded"]), replay.dates[position - 1], step_date, code)
        self.as_of = as_of

    def day_of(self, when: datetime) -> date:
        """The day of a moment (R15)."""
        try:
            return when.astimezone(self.zone).date()
        except OverflowError:
            return when.date()

    def sums(self, recorded: Sequence[Json]) -> dict[str, dict[str, Decimal]]:
        """What some decisions recorded of each badge (R20)."""
        found: dict[str, dict[str, Decimal]] = {}
        for one in filter(None, recorded):
            for line in one["lines"]:
                more = [{a["unit"]: Decimal(a["amount"])} for a in line["amounts"]]
                found[line["badge"]] = add(found.get(line["badge"], {}), *more)
        return found

    def badges(self) -> Iterator[Presented | None]:
        """What the person was awarded, by the files of the state (R18)."""
        every = self.library.files(self.value["main"])
        files = {p: e for p, e in every.items() if place(p).person == self.person and e[0].startswith("100")}
        if not self.library.readable("mcred.yaml", every.get("mcred.yaml")):
            return
        for path in files:
            if place(path).kind == "decision":
                yield self.award(files, path)
            elif place(path).kind == "stack award":
                yield self.stacked(files, path)

    def award(self, files: dict[str, Entry], path: str) -> Presented | None:
        """One decided attempt."""
        at, folder = place(path), path.rpartition("/")[0] + "/"
        value = self.library.readable(path, files[path])
        beside = {p: place(p) for p in files if p.startswith(folder)}
        documents = [files[p][1] for p, x in beside.items() if x.kind == "award"]
        if not value or value["outcome"] != "award" or not documents:
            return None
        credential, begins = at.submission.split("/")[1], value["decided"]
        named = ("", value["definition"]["blob"])
        definition = self.library.readable(f"credentials/{credential}/credential.yaml", named)
        again = {x.number: p for p, x in beside.items() if x.kind == "reissue"}
        for number in sorted(again):
            said = self.library.readable(again[number], files[again[number]])
            begins = said["issued"] if said and said["act"] == "renew" else begins
        end = last_day(definition, begins)
        rubric = criteria(definition) if definition else []
        given = {s["criterion"]: s["level"] for s in reversed(value["levels"])}
        return Presented(
            name=f"{at.submission} attempt {at.attempt}",
            title=definition["title"] if definition else credential,
            credential=credential,
            stack="",
            version=value["definition"]["version"],
            earned=self.day_of(moment(value["decided"])),
            renewed=self.day_of(moment(begins)) if moment(begins) != moment(value["decided"]) else None,
            ends=self.day_of(datetime.combine(end, time.max, UTC)) if end else None,
            revoked=f"{folder}revocation.json" in files,
            override=value["recommended"] != "award",
            levels={c.id: (given[c.id], c.scale) for c in rubric if c.id in given},
            digests={hashlib.sha256(self.library.content(blob)).hexdigest() for blob in documents},
            contains=set(),
        )

    def stacked(self, files: dict[str, Entry], path: str) -> Presented | None:
        """One badge of a stack."""
        at, folder = place(path), path.removesuffix(f"{place(path).number}/badge.json")
        own, blob = self.library.document(files[path][1]), files[path][1]
        if f"{folder}{at.number + 1}/reissue.json" in files:
            return None
        try:
            named = [e for e in own["evidence"] if e.get("genre") == "micro-credential badge"]
            achievement = own["credentialSubject"]["achievement"]
            need(re.fullmatch(PATTERNS["version"], achievement["version"]), "unreadable")
            awarded, end = moment(own["awardedDate"]), own.get("validUntil")
            need(awarded.tzinfo and named and isinstance(achievement["name"], str), "unreadable")
            contains = {("title", fit("text", e["name"], False)) for e in named}
            need(all(re.fullmatch("SHA-256 [0-9a-f]{64}", e["description"]) for e in named), "unreadable")
            contains |= {("", e["description"].removeprefix("SHA-256 ")) for e in named}
            ends = self.day_of(moment(end)) if end else None
        except (Wrong, KeyError, TypeError, ValueError, AttributeError):
            return None
        return Presented(
            name=f"{self.person}/stacks/{at.who} {at.number}",
            title=achievement["name"],
            credential="",
            stack=at.who,
            version=achievement["version"],
            earned=self.day_of(awarded),
            renewed=None,
            ends=ends,
            revoked=f"{folder}{at.number}/revocation.json" in files,
            override=False,
            levels={},
            digests={hashlib.sha256(self.library.content(blob)).hexdigest()},
            contains=contains,
        )

    def count(self, badges: Sequence[Presented]) -> tuple[list[Counting], list[Presented]]:
        """Those that a rule fits, in their order and with what counts of them, and the others (R19)."""
        groups = self.groups()
        settled = {
            name
            for n in self.right
            for name, amounts in self.sums(self.earlier[: n + 1]).items()
            if max(amounts.values(), default=ZERO) > 0
        }
        fits, others = list[Counting](), list[Presented]()
        for badge in badges:
            found = self.fitting(badge, badge.name in settled, groups)
            if found:
                fits.append(found)
            else:
                others.append(badge)
        earned: dict[tuple[str, str], date] = {}
        for one in fits:
            for mark in one.marks:
                earned[mark] = max(one.day, earned.get(mark, one.day))
        for one in fits:
            one.day = max([one.day, *(earned[m] for m in one.badge.contains if m in earned)])
        fits.sort(key=lambda one: (one.day, bool(one.badge.stack), one.group, one.badge.name))
        given: dict[Group, dict[str, Decimal]] = {}
        done = list[Counting]()
        for one in fits:
            parts = {one.group} | {x.group for x in fits if x.marks & one.badge.contains}
            parts |= {x.group for x in done if x.badge.contains & one.badge.contains}
            gone = add(*(given[group] for group in parts if group in given))
            worth = {unit: Decimal(amount) for unit, amount in one.rule["worth"].items()}
            offered = {unit: max(ZERO, amount - gone.get(unit, ZERO)) for unit, amount in worth.items()}
            given[one.group] = add(given.get(one.group, {}), offered)
            one.counted = {
                unit: amount for unit, amount in self.capped(one.day, offered, done).items() if amount
            }
            done.append(one)
        return fits, others

    def groups(self) -> dict[Group, Group]:
        """Each of some equivalent micro-credentials, and the first of them all."""
        found: dict[Group, Group] = {}
        for entry in self.policy["equivalents"]:
            own = [(o.split("/")[0], "", o.split("/")[1]) for o in entry["credentials"]]
            heads = {found.get(name, name) for name in own}
            found |= {name: min(heads) for name, head in found.items() if head in heads}
            found |= dict.fromkeys([*own, *heads], min(heads))
        return found

    def fitting(self, badge: Presented, settled: bool, groups: dict[Group, Group]) -> Counting | None:
        """A badge with the first rule that fits it, or None."""
        policy, as_of = self.policy, self.as_of
        months = policy["earned_within_months"]
        renewed = badge.renewed if badge.renewed and badge.renewed <= as_of else badge.earned
        late = months is not None and max(badge.earned, renewed) < months_before(as_of, months)
        ended = badge.ends is not None and badge.ends < as_of
        against = badge.override and policy["overrides"] == "refused"
        own = next((i["id"] for i in policy["issuers"] if i["program"]), "")
        sound = 1970 <= badge.earned.year < 2200 and badge.earned <= as_of
        if badge.revoked or not sound or ((late or ended) and not settled) or against or not own:
            return None
        for rule in policy["rules"]:
            if (not rule["issuers"] or own in rule["issuers"]) and self.fits(rule, badge):
                name = (own, "stack", badge.stack) if badge.stack else (own, "", badge.credential)
                return Counting(badge, rule, groups.get(name, name), badge.earned)
        return None

    def fits(self, rule: Json, badge: Presented) -> bool:
        """A rule names a badge and fits it."""
        wanted = [w for w in rule["credentials"] if w["id"] == badge.credential]
        named = badge.stack in rule["stacks"] if badge.stack else bool(wanted)
        if not named and (badge.stack or rule["credentials"] or rule["stacks"]):
            return False
        oldest = [w["from_version"] for w in wanted if w["from_version"] and not badge.stack]
        if any(numbers(badge.version) < numbers(version) for version in oldest):
            return False
        floor = rule["levels"]
        return not floor or self.reaches(floor, badge.levels)

    def reaches(self, floor: Json, levels: dict[str, tuple[str, list[str]]]) -> bool:
        """Levels reach what a rule asks for."""

        def reach(level: str, scale: list[str], least: str) -> bool:
            return {level, least} <= {*scale} and scale.index(level) <= scale.index(least)

        every = floor["every"]
        asked = [(level, scale) for level, scale in levels.values() if every in scale]
        best = sum(level == scale[0] for level, scale in levels.values())
        return (
            (not every or (bool(asked) and all(reach(level, scale, every) for level, scale in asked)))
            and all(c in levels and reach(*levels[c], least) for c, least in floor["criteria"].items())
            and best >= floor["best_criteria"]
        )

    def capped(
        self, day: date, offered: Mapping[str, Decimal], done: Sequence[Counting]
    ) -> dict[str, Decimal]:
        """What the caps leave of an offer."""
        found = dict(offered)
        for cap in self.policy["caps"]:
            begins = self.begins(cap, day)
            taken = add(*(one.counted for one in done if begins is None or begins <= one.day))
            for unit, most in cap["most"].items():
                if unit in found:
                    found[unit] = min(found[unit], max(ZERO, Decimal(most) - taken.get(unit, ZERO)))
        return found

    def begins(self, cap: Json, day: date) -> date | None:
        """The first day of a cap's period, or None."""
        first = on(self.policy["school_year_begins"], day.year)
        ends = {on(a["submit_by"], y) for a in self.policy["adjustments"] for y in (day.year - 1, day.year)}
        if cap["per"] == "school-year":
            return first if first <= day else on(self.policy["school_year_begins"], day.year - 1)
        if cap["per"] == "calendar-year":
            return date(day.year, 1, 1)
        if cap["per"] == "months":
            return months_before(day, cap["months"] or 0) + timedelta(days=1)
        if cap["per"] == "adjustment" and ends:
            return max(end for end in ends if end < day) + timedelta(days=1)
        return None

    def pays(self, day: date) -> str | None:
        """The day from which something pays."""
        found = [(next_on(a["submit_by"], day), a["id"], a["pay_from"]) for a in self.policy["adjustments"]]
        if not found:
            return None
        deadline, _, first = min(found)
        return next_on(first, deadline).isoformat()

    def line(self, badge: Presented, amounts: Json, rule: str | None, pays: str | None) -> Json:
        """A line of the decision (R20)."""
        earned = badge.earned.isoformat()
        return {"badge": badge.name, "rule": rule, "earned": earned, "pay_from": pays, "amounts": amounts}

    def change(self, now: Mapping[str, Decimal], before: Mapping[str, Decimal]) -> Json:
        """The amounts by which something differs from what was recorded."""
        return self.amounts({u: now.get(u, ZERO) - before.get(u, ZERO) for u in {*now, *before}})

    def amounts(self, found: Mapping[str, Decimal]) -> Json:
        """Amounts other than 0 as they are written (R20)."""
        units = dict.fromkeys(unit for rule in self.policy["rules"] for unit in rule["worth"])
        order = [*units, *sorted(found.keys() - units.keys())]
        return [{"unit": u, "amount": spell(u, found[u])} for u in order if found.get(u)]


def spell(unit: str, amount: Decimal) -> str:
    """An amount as text (R20)."""
    if unit.startswith(("stipend_", "salary_")):
        return f"{amount:.2f}"
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


# 11. The verdicts ------------------------------------------------------------------------------------------


class Verdict(NamedTuple):
    """What is said of an award or a stack badge, and why."""

    word: str
    reasons: list[str]


def recheck(place_of_clone: str) -> dict[str, Verdict]:
    """Each award and each stack badge of a clone, by its name, with its verdict (V1 to V3)."""
    clone = Clone(place_of_clone)
    try:
        replay = Replay(clone, trusting=True)
        found = verdicts(replay)
        # What rests on a doubt can be told where it is the same with what is in doubt right and wrong.
        if any(f.is_doubt for f in replay.findings):
            unsure = Verdict("cannot tell", ["it rests on something that cannot be told"])
            other = verdicts(Replay(clone, trusting=False))
            found = {n: said if said.word == other[n].word else unsure for n, said in found.items()}
    finally:
        clone.close()
    return found


def verdicts(replay: Replay) -> dict[str, Verdict]:
    """The verdicts of one replay."""
    found = {f"{about}, attempt {n}": replay.verdict(about, n) for about, n in replay.awards}
    for path in replay.recorded:
        against = [f for f in replay.findings if f.path == path]
        at = place(path)
        found[f"{at.person}/recognized/{at.who}/{at.number}"] = Verdict(*judged(against, "proved"))
    for (person, stack), badges in replay.stacks.items():
        for number in badges.documents:
            name = f"{person}/stacks/{stack}/{number}"
            against = [f for f in replay.findings if f.path.startswith(f"portfolios/{name}/")]
            found[name] = Verdict(*judged(against, "proved"))
    return found


def judged(against: Sequence[Finding], right: str) -> tuple[str, list[str]]:
    """The word for something with some findings, and what they say."""
    unclear = all(f.is_doubt for f in against)
    reasons = [f"{f.code.removeprefix('cannot tell: ')} at {f.path} in {f.commit[:12]}" for f in against]
    return right if not against else "cannot tell" if unclear else "not proved", reasons


def main(words: Sequence[str]) -> int:
    """The command."""
    try:
        found = recheck(*(words or ["."]))
    except CannotTell as why:
        sys.stdout.write(f"cannot tell: {why}\n")
        return 7
    for name, (word, reasons) in found.items():
        sys.stdout.write(f"{name}: {word}{f': {reasons[0]}' if reasons else ''}\n")
    said = {word for word, _ in found.values()}
    return 1 if "not proved" in said else 7 if "cannot tell" in said else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
