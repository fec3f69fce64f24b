"""Adds to the records what reviewers said and what the machine alone had found: both results stay visible."""

from __future__ import annotations

from dataclasses import replace

from auditor.charging import Charge
from auditor.reports.records import Record, Session, points
from auditor.reviews.verdict import Opinion, Opinions
from auditor.scoring import Scored


def with_machine(session: Session, machine: Scored, opinions: Opinions) -> Session:
    """A session of the final result with the machine's scores, charges and the reviewers' verdicts added.

    ``machine`` is the same conversation scored without verdicts. Findings get ``machine_charged verdict reviewers
    appeal appeal_reason disputed``, the conversation gets ``machine``.
    """
    known = opinions.by_fingerprint
    findings = tuple(
        {**record, **_said(charge, known.get(record["fingerprint"]))}
        for record, charge in zip(session.findings, machine.charges, strict=True)
    )
    shares = {agent: {"score": points(s.score), "fatal": s.fatal} for agent, s in machine.shares.items()}
    own = {"score": points(machine.score), "fatal": machine.fatal, "agents": shares}
    fallen = opinions.overturned
    overturned = sum(record["fingerprint"] in fallen for record in findings)
    conversation = {**session.conversation, "machine": own, "overturned": overturned}
    return replace(session, conversation=conversation, findings=findings)


def _said(charge: Charge, opinion: Opinion | None) -> Record:
    opinion = opinion or Opinion((), False, "")
    return {
        "machine_charged": points(charge.charged),
        "verdict": str(opinion.ruling) if opinion.ruling else None,
        "reviewers": [{"name": name, "verdict": str(ruling)} for name, ruling in opinion.rulings],
        "disputed": opinion.disputed,
        "appeal": opinion.appeal,
        "appeal_reason": opinion.reason or None,
    }
