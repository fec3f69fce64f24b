"""One message as a text grammar cuts it out -> records: who said it, to whom, and what it is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from auditor.chat import Kind, Role
from auditor.readers.content import Piece, pieces
from auditor.readers.records import Record, Spoilt
from auditor.readers.roles import UNSURE, UNSURE_DETAIL, Cast, shop_of

#: Line that belongs to no message, and so to nobody.
ORPHAN = "不知道是谁说的"


#: Whom the client that the chat was copied from calls so. Logs are exported on the shop's side.
_PRONOUNS = {"你": Role.AGENT.value, "您": Role.AGENT.value, "对方": Role.CUSTOMER.value}


@dataclass
class Utterance:
    """A message: 1-based line of its head, sender, time (and date) as written, and the lines of its body.

    ``head``: the head as it stands; ``body``: line number of the first body line; ``own``: number of its conversation
    where the layout shows it; ``customer``: whom the head or the file names as the customer; ``quoted``: index of the
    first body line that is quoted from another chat.
    """

    line: int
    sender: str
    time: str | None
    head: str
    body: int
    lines: list[str] = field(default_factory=list)
    date: str | None = None
    own: int | None = None
    customer: str | None = None
    quoted: int | None = None

    @property
    def raw(self) -> str:
        """How the message begins in the file; the first words may stand on the head's own line."""
        return "\n".join([self.head, *self.lines[self.body == self.line : 20]])


@dataclass(frozen=True)
class Stage:
    """What holds for all messages of a conversation: who is who, the platform, which names are accounts here.

    ``unsure``: nobody can tell the agents from the customers, so no message can be judged.
    """

    cast: Cast
    platform: str | None
    knows: Callable[[str], bool]
    unsure: bool = False

    def is_account(self, name: str) -> bool:
        """Whether a note that names somebody is the platform's, not a sentence that somebody typed."""
        return name in _PRONOUNS or self.knows(name)


def records(said: Utterance, stage: Stage) -> Iterator[Record | Spoilt]:
    """The entries of one message: one for each piece of it, at least one."""
    if stage.unsure:
        yield Spoilt(said.line, UNSURE, UNSURE_DETAIL, said.raw)
        return
    found = pieces(said.lines[: said.quoted], stage.is_account)
    if said.quoted is not None:
        lines = tuple("\n".join(said.lines[said.quoted :]).rstrip().split("\n"))
        quotation = Piece(said.quoted, Kind.EVENT, lines, Role.SYSTEM.value)
        found = [*(piece for piece in found if piece.lines), quotation]
    role = stage.cast.role(said.sender)
    customer = said.customer or (said.sender if role == Role.CUSTOMER.value else None)
    for number, piece in enumerate(found):
        line = said.body + piece.at if number else said.line
        yield Record(line, _values(said, stage, (role, customer), piece), said.raw, None, said.own)


def _values(said: Utterance, stage: Stage, who: tuple[str, str | None], piece: Piece) -> tuple[str | None, ...]:
    """In the order of FIELDS; ``who``: the sender's role, and the customer."""
    sender: str | None = said.sender
    role, customer = who
    if piece.sender is not None:
        role = _PRONOUNS.get(piece.sender) or stage.cast.role(piece.sender)
        sender = None if piece.sender in _PRONOUNS else piece.sender
    elif piece.role is not None:
        role, sender = piece.role, None
    kind = Kind.EVENT if role == Role.SYSTEM.value and piece.kind is Kind.TEXT else piece.kind
    customer = customer or (sender if role == Role.CUSTOMER.value else None)
    shop = shop_of(sender) if sender and role in {Role.AGENT.value, Role.ROBOT.value} else None
    values = (None, said.time, said.date, role, None, customer, piece.text, shop, stage.platform)
    return (*values, kind.value, sender, None)
