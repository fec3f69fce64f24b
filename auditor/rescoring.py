"""Scores every conversation twice, as the machine alone would and with the reviewers' verdicts, and keeps both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from auditor.engine import Audited
from auditor.reports.records import Session
from auditor.reports.reviewed import with_machine
from auditor.reviews.verdict import Opinions, Ruling
from auditor.rule import Scheme
from auditor.scoring import Scorecard, Tally, score_conversation, scorecard


@dataclass
class Rescoring:
    """The machine's side of a run with verdicts: its tallies, and which verdicts met their finding."""

    opinions: Opinions
    scheme: Scheme
    dimension_of: Mapping[str, str]
    tallies: dict[str, Tally] = field(default_factory=dict)
    team: Tally = field(default_factory=Tally)
    met: set[str] = field(default_factory=set)

    @property
    def overturned(self) -> Mapping[str, str]:
        """Fingerprints of the findings that fall, with their verdict."""
        return self.opinions.overturned

    def beside_machine(self, session: Session, audited: Audited) -> Session:
        """The records of the final result with the machine's own beside it; the machine's is counted."""
        machine = score_conversation(audited, self.scheme)
        known = self.opinions.by_fingerprint
        self.met.update(f.fingerprint for f in audited.findings if f.fingerprint in known)
        for agent, share in machine.shares.items():
            own = [charge for charge in machine.charges if charge.finding.agent == agent]
            self.tallies.setdefault(agent, Tally()).add(share, own, self.scheme)
        if machine.score is not None:
            self.team.add(machine.whole, machine.charges, self.scheme)
        return with_machine(session, machine, self.opinions)

    def settle(self) -> None:
        """Take the machine's points of rules charged once per agent, when all conversations are in."""
        for tally in self.tallies.values():
            tally.settle()
        self.team.settled(self.tallies.values())

    def beside(self, card: Scorecard) -> Scorecard:
        """An agent's final card with the machine's own beside it."""
        return self._with(card, self.tallies[card.agent])

    def team_beside(self, card: Scorecard) -> Scorecard:
        """The team's final card with the machine's own beside it."""
        return self._with(card, self.team)

    def _with(self, card: Scorecard, tally: Tally) -> Scorecard:
        return replace(card, machine=scorecard(card.agent, card.shop, tally, self.scheme, self.dimension_of))

    @property
    def unmet(self) -> int:
        """Opinions on findings that this run did not make: other logs, other rules."""
        return len(self.opinions.by_fingerprint) - len(self.met)

    def run_record(self) -> dict[str, Any]:
        """What run.json says of the verdicts, in findings."""
        met = [self.opinions.by_fingerprint[mark] for mark in sorted(self.met)]
        words = [opinion.ruling for opinion in met]
        return {
            "matched": len(met),
            "unmatched": self.unmet,
            "disputed": sum(opinion.disputed for opinion in met),
            "pending_appeals": sum(opinion.appeal and not opinion.rulings for opinion in met),
            "rulings": {str(ruling): words.count(ruling) for ruling in Ruling},
        }

    def sentences(self) -> tuple[str, ...]:
        """What a reader of the report has to know of the verdicts."""
        record = self.run_record()
        said = [f"按复核结论重新计分：对上 {record['matched']} 处（"
                + "，".join(f"{word} {count}" for word, count in record["rulings"].items()) + "）"]
        if record["disputed"]:
            said.append(f"{record['disputed']} 处复核人意见不一，暂按机器结果计分，请商定后重新导入")
        if record["pending_appeals"]:
            said.append(f"{record['pending_appeals']} 处申诉还没有复核结果，暂按机器结果计分")
        if record["unmatched"]:
            said.append(f"复核结论里有 {record['unmatched']} 处在这批记录里找不到，没有用上")
        return tuple(said)
