"""Results as plain records: the columns of findings.jsonl, conversations.jsonl and agents.json (DESIGN §6)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from auditor.charging import Charge
from auditor.chat import Conversation
from auditor.kpis import Contact
from auditor.presets import Preset
from auditor.reports.kpirecords import contact_record, hour_records, service_record
from auditor.scoring import Scorecard, Scored

Record = dict[str, Any]
#: Hides personal data in a text; the identity function with --no-mask.
Mask = Callable[[str], str]


@dataclass(frozen=True)
class Session:
    """One conversation as the writers see it: its record, its findings' records and, if kept, its messages' records."""

    conversation: Record
    findings: tuple[Record, ...]
    messages: tuple[Record, ...]


def session(scored: Scored, mask: Mask, keep_messages: bool, contacts: Sequence[Contact] = ()) -> Session:
    """The records of one scored conversation, masked. ``keep_messages``: with the transcript.

    ``contacts``: the conversation as each preset counts it.
    """
    talk = scored.audited.conversation
    findings = tuple(finding_record(charge, talk, mask) for charge in scored.charges)
    messages = tuple(message_records(talk, mask)) if keep_messages else ()
    return Session(conversation_record(scored, mask, contacts), findings, messages)


def clock(time: datetime | None) -> str | None:
    """A time as every output writes it: ``2026-11-16 09:00:05``, or None."""
    return time.isoformat(sep=" ", timespec="seconds") if time else None


def points(value: float | None) -> float | None:
    """Points or rates rounded to 2 decimals for output; None stays None."""
    return None if value is None else round(value, 2)


def finding_record(charge: Charge, talk: Conversation, mask: Mask) -> Record:
    """One line of findings.jsonl."""
    finding, rule, hit = charge.finding, charge.finding.rule, charge.finding.hit
    message = talk.messages[hit.message] if hit.message is not None else None
    place = message.place if message else (talk.messages[0].place if talk.messages else None)
    quote = message.text[hit.span[0] : hit.span[1]] if message and hit.span else (message.text if message else "")
    return {
        "rule": rule.id,
        "code": rule.code,
        "title": rule.title,
        "dimension": rule.dimension,
        "severity": str(rule.severity),
        "status": str(rule.status),
        "points": points(rule.points),
        "charged": points(charge.charged),
        "exemption": mask(finding.exemption) if finding.exemption else None,
        "covered_by": charge.covered_by,
        "conversation": shown_id(talk, mask),
        "agent": finding.agent,
        "customer": mask(talk.customer) if talk.customer else None,
        "message": hit.message,
        "time": clock(message.time if message else talk.start),
        "role": str(message.role) if message else None,
        "span": list(hit.span) if hit.span else None,
        "quote": mask(quote),
        "evidence": mask(hit.evidence),
        "advice": rule.advice,
        "source": rule.source,
        "fingerprint": finding.fingerprint,
        "file": place.file if place else None,
        "line": place.line if place else None,
    }


def shown_id(talk: Conversation, mask: Mask) -> str:
    """The conversation's id; where it is made of the customer's name, that is hidden as everywhere."""
    return talk.id.replace(talk.customer, mask(talk.customer)) if talk.customer else talk.id


def conversation_record(scored: Scored, mask: Mask, contacts: Sequence[Contact] = ()) -> Record:
    """One line of conversations.jsonl; ``kpis`` by preset.

    ``mood_risk`` is null without a mood model or words of the customer.
    """
    audited, talk = scored.audited, scored.audited.conversation
    return {
        "conversation": shown_id(talk, mask),
        "agent": talk.agent,
        "customer": mask(talk.customer) if talk.customer else None,
        "shop": talk.shop,
        "platform": talk.platform,
        "start": clock(talk.start),
        "end": clock(talk.end),
        "messages": len(talk.messages),
        "score": points(scored.score),
        "fatal": scored.fatal,
        "agents": {
            agent: {"score": points(share.score), "fatal": share.fatal} for agent, share in scored.shares.items()
        },
        "first_response_s": audited.first_response,
        "rounds": len(audited.rounds),
        "longest_wait_s": audited.longest_wait,
        "kpis": {contact.preset.name: contact_record(contact) for contact in contacts},
        "mood_risk": None if audited.mood_risk is None else round(audited.mood_risk, 4),
        "not_evaluable": [{"rule": rule, "reason": reason} for rule, reason in audited.not_evaluable],
        "findings": len(audited.findings),
    }


def message_records(talk: Conversation, mask: Mask) -> list[Record]:
    """The messages of a conversation, masked, in order."""
    return [
        {
            "index": index,
            "time": clock(message.time),
            "role": str(message.role),
            "sender": mask(message.sender) if message.sender else None,
            "kind": str(message.kind),
            "text": mask(message.text),
        }
        for index, message in enumerate(talk.messages)
    ]


def agent_record(card: Scorecard, presets: Mapping[str, Preset]) -> Record:
    """One agent of agents.json; ``kpis`` by the name of the preset that counted them."""
    record: Record = {
        "conversations": card.conversations,
        "messages": card.messages,
        "score": points(card.score),
        "score_low": points(card.score_low),
        "score_high": points(card.score_high),
        "pass_rate": None if card.pass_rate is None else round(card.pass_rate, 4),
        "grade": card.grade.name if card.grade else None,
        "fatal": card.fatal,
        "dimensions": {
            d.name: {"full": d.full, "score": points(d.score), "charged": d.charged} for d in card.dimensions
        },
        "kpis": {
            name: {**service_record(service, presets[name]), "by_hour": hour_records(service)}
            for name, service in card.services.items()
        },
        "findings_by_rule": {
            rule: {**vars(tally), "points": points(tally.points)} for rule, tally in card.rules.items()
        },
    }
    if card.machine is not None:
        record["machine"] = machine_record(card.machine)
    return record


def machine_record(card: Scorecard) -> Record:
    """The machine's own headline figures of an agent, where verdicts changed the final ones."""
    return {
        "score": points(card.score),
        "score_low": points(card.score_low),
        "score_high": points(card.score_high),
        "pass_rate": None if card.pass_rate is None else round(card.pass_rate, 4),
        "grade": card.grade.name if card.grade else None,
        "fatal": card.fatal,
    }
