"""A rule's own examples: small dialogues that must and must not be charged, run every time the rule loads."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime

from auditor.chat import Conversation, Kind, Message, Role
from auditor.checks.talk import Talk, Tools
from auditor.errors import Problem
from auditor.rule import Rule, Status

_ROLES = {"客户": Role.CUSTOMER, "客服": Role.AGENT, "机器人": Role.ROBOT, "系统": Role.SYSTEM}
_KINDS = {"图片": Kind.IMAGE, "卡片": Kind.CARD, "订单": Kind.ORDER, "文件": Kind.FILE, "撤回": Kind.RECALL,
          "转接": Kind.TRANSFER, "事件": Kind.EVENT}
_LINE = re.compile(r"(客户|客服|机器人|系统)(?:\[(.{2})\])?(?:@(\d{1,2}:\d{2}(?::\d{2})?))?[:：]\s?(.*)")
_DAY = "2026-11-16 "


def dialogue(text: str) -> Conversation:
    """Read an example: ``客户: …`` / ``客服@09:00:05: …`` / ``客服[图片]: …``; other lines go on the message before.

    Raises ValueError with a Chinese sentence if the first line names no speaker.
    """
    messages: list[Message] = []
    for line in text.strip().splitlines():
        match = _LINE.fullmatch(line.strip())
        if match is None:
            if not messages:
                raise ValueError(f"例子的第一行应以「客户:」或「客服:」开头，现在是「{line}」")
            last = messages[-1]
            messages[-1] = Message(last.role, f"{last.text}\n{line.strip()}", last.time, last.sender, last.kind)
            continue
        role, kind, time, said = match.groups()
        if kind and kind not in _KINDS:
            raise ValueError(f"例子里的「{role}[{kind}]」看不懂，可用 {'、'.join(_KINDS)}")
        sender = {"客服": "小例", "客户": "顾客"}.get(role)
        messages.append(Message(_ROLES[role], said, _time(time), sender, _KINDS.get(kind, Kind.TEXT)))
    return Conversation("例子", tuple(messages), agent="小例", customer="顾客")


def _time(text: str | None) -> datetime | None:
    if text is None:
        return None
    clock = text if text.count(":") == 2 else f"{text}:00"
    try:
        return datetime.fromisoformat(_DAY + clock.zfill(8))
    except ValueError:
        raise ValueError(f"例子里的时间「{text}」不对，应写成 09:00:05 这样") from None


def failures(rule: Rule, tools: Tools, rules: Mapping[str, Rule]) -> Iterator[Problem]:
    """What is wrong with the rule by its own examples. A rule that is off is not run."""
    if rule.status is Status.OFF:
        return
    for name, examples, wanted in (("good", rule.good, False), ("bad", rule.bad, True)):
        for number, text in enumerate(examples, 1):
            complaint = _complaint(rule, tools, rules, text, wanted)
            if complaint:
                shown = text.replace("\n", " / ")
                yield Problem(rule.place, f"{rule.id}.{name}[{number}]", f"{complaint}：{shown}")


def _complaint(rule: Rule, tools: Tools, rules: Mapping[str, Rule], text: str, wanted: bool) -> str | None:
    try:
        talk = Talk(dialogue(text), tools, rules)
    except ValueError as error:
        return str(error)
    judged = rule.judge(talk)
    if judged.missing is not None:
        return f"这个例子判不了（{judged.missing}）"
    charged = [hit for hit, exemption in judged.hits if exemption is None]
    if wanted and not charged:
        exempt = [reason for _, reason in judged.hits]
        return f"反例没有命中{f'（被豁免：{exempt[0]}）' if exempt else ''}"
    if not wanted and charged:
        return f"正例被命中了（{charged[0].evidence}）"
    return None
