"""Who an account belongs to, by the account alone: never by what is said."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from auditor.chat import Role

UNSURE = "分不清谁是客服"
UNSURE_DETAIL = "请用 --agents 指明客服账号名单"
#: The platforms' and tools' own accounts. A shop may sell robots: only the end of a name counts.
_ROBOT = re.compile(r"jimi_.*|.*@im\.jd\.com|.*(?:服务助手|店小蜜|智能客服|机器人)\d*", re.IGNORECASE)
_SYSTEM = re.compile(r"系统消息(?:[(（]10000[)）])?|系统通知|系统提示|系统")
#: Taobao's sub-accounts, such as 店铺:子账号; the colon is never full-width.
COLON = re.compile(r"[^:：]+:[^:]+")
#: JD's waiters, such as 店名自营--小黛.
DASHES = re.compile(r".+--.+")


def is_robot(account: str) -> bool:
    """Whether an account is one of the robots: jimi_vender_…, 店铺:服务助手, 店小蜜, 机器人…"""
    own = account.rpartition(":")[2].rpartition("--")[2]
    return _ROBOT.fullmatch(own) is not None or (own == account and _ROBOT.fullmatch(account) is not None)


def shop_of(account: str) -> str | None:
    """The shop in an account name such as 店铺:子账号, or None."""
    return account.partition(":")[0] or None if ":" in account else None


def _itself(account: str) -> Iterable[str]:
    return (account,)


@dataclass(frozen=True)
class Cast:
    """Tells the roles of a chat apart: ``agents`` are accounts the user listed, ``mark`` is how agents' look.

    ``customer``: the account that the file itself names as the customer, if it does; everybody else is then an agent.
    ``names``: under which names an account may be listed (a nick, a number). All but ``customer`` hold for a file.
    """

    agents: frozenset[str]
    mark: re.Pattern[str] | None = None
    names: Callable[[str], Iterable[str]] = _itself
    customer: str | None = None
    _roles: dict[str, str] = field(default_factory=dict, init=False, repr=False, compare=False)

    def role(self, account: str) -> str:
        """A value of Role; whoever is nothing else is a customer."""
        role = self._roles.get(account)
        if role is None:
            role = self._roles[account] = self._role(account)
        return role

    def _role(self, account: str) -> str:
        if not self.agents.isdisjoint(self.names(account)):
            return Role.AGENT.value
        if is_robot(account):
            return Role.ROBOT.value
        if _SYSTEM.fullmatch(account):
            return Role.SYSTEM.value
        if self.mark is not None and self.mark.fullmatch(account):
            return Role.AGENT.value
        if self.customer is not None and self.customer not in self.names(account):
            return Role.AGENT.value
        return Role.CUSTOMER.value


#: Number of the conversation, if the layout shows one, and of the part of the file.
Where: TypeAlias = tuple[int | None, int]


class Casting:
    """Looks who talks in each conversation of a file, before it is read."""

    def __init__(self, cast: Cast) -> None:
        self._cast = cast
        self._strangers: dict[Where, set[str]] = {}
        self._answered: set[Where] = set()
        self._accounts: dict[str, bool] = {}
        self._names: dict[str, set[int]] = {}
        self._shops: set[str] = set()

    def see(self, account: str, conversation: int | None = None, block: int = 0) -> None:
        """An account speaks in a conversation (None: the layout shows none), in that part of the file."""
        where = conversation, block
        self._accounts[account] = account in self._accounts
        for name in self._cast.names(account):
            self._names.setdefault(name, set()).add(block)
        role = self._cast.role(account)
        if role == Role.AGENT.value:
            self._answered.add(where)
            self._shops.add(shop_of(account) or account)
        elif role == Role.CUSTOMER.value:
            strangers = self._strangers.setdefault(where, set())
            if len(strangers) < 2:
                strangers.add(account)

    @property
    def cast(self) -> Cast:
        """Who is who, now that the shops are known: the shop's main account is its name without 子账号."""
        return replace(self._cast, agents=self._cast.agents | self._shops)

    def unsure(self, conversation: int | None = None, block: int = 0) -> bool:
        """Whether two accounts talk there and neither is known to be an agent."""
        where = conversation, block
        return where not in self._answered and len(self._strangers.get(where, ())) > 1

    def knows(self, name: str) -> bool:
        """Whether somebody of that name speaks in the file, or the name is plainly that of an agent or a robot."""
        return name in self._names or self._cast.role(name) in {Role.AGENT.value, Role.ROBOT.value}

    def spoke_in(self, block: int, name: str) -> bool:
        """Whether somebody of that name says something in that part of the file."""
        return block in self._names.get(name, ())

    def spoke_again(self, account: str) -> bool:
        """Whether an account says something more than once."""
        return self._accounts.get(account, False)
