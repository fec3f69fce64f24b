"""The sheets made from conversations: 扣分明细, 会话列表, 会话原文. Conversations are read once and not kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from auditor.reports import styles
from auditor.reports.celltext import Segment, Segments, blocks, excerpt, find_span, highlight
from auditor.reports.grid import fit, kind_look, put, write_header
from auditor.reports.records import Record, Session
from auditor.reports.sheet import Book, Layout, Link, Put, Rolling, Sheet
from auditor.reports.tables import (
    NO_TIME,
    NONE,
    OVERTURNING,
    ROLES,
    SEVERITIES,
    Column,
    RuleLike,
    moment,
    outcome,
    said,
)
from auditor.reviews.verdict import AND, APPEAL, FINGERPRINT, NO, REASON, REVIEWER, RULE_ID, RULING, YES, Ruling

#: Characters shown on either side of a hit in 扣分明细 and on the card.
AROUND, AROUND_ON_CARD = 60, 26
#: Lines of one row of the transcript; a longer message goes on in the next row.
ROW_LINES = 24

FINDING_COLUMNS = (
    Column("序号", 6, "number"),
    Column("会话编号", 15),
    Column("时间", 16, "time"),
    Column("维度", 10),
    Column("规则", 18, "text"),
    Column("级别", 7, "severity"),
    Column("扣分", 7, "plain"),
    Column("证据", 46, "text"),
    Column("建议改写", 34, "text"),
    Column("定位", 11, "link"),
    Column("处理", 15, "text"),
    Column(APPEAL, 7),
    Column(REASON, 18, "text"),
    Column(RULING, 9),
    Column(REVIEWER, 10),
    Column(FINGERPRINT, 9, "note"),
    Column(RULE_ID, 9, "note"),
)
SESSION_COLUMNS = (
    Column("序号", 7, "number"),
    Column("会话编号", 24),
    Column("客户", 20),
    Column("开始时间", 20, "time"),
    Column("消息数", 9, "number"),
    Column("会话得分", 10, "score"),
    Column("首次响应", 13, "seconds"),
    Column("最长等待", 13, "seconds"),
    Column("扣分处数", 10, "sparse"),
    Column("扣分合计", 10, "plain"),
    Column("未扣分命中", 11, "sparse"),
    Column("无法判断的规则", 14, "sparse"),
    Column("原文", 12, "link"),
)
TRANSCRIPT_COLUMNS = (
    Column("时间", 21),
    Column("角色", 9),
    Column("发送人", 18),
    Column("内容", 78),
    Column("命中规则", 42),
)


@dataclass(frozen=True)
class Example:
    """A charged finding to show on the card: what was said, when and where, and the way to it."""

    text: Segments
    where: str
    link: Link | None


def _layout(columns: Sequence[Column], frozen: int = 0) -> Layout:
    return Layout(tuple(c.width for c in columns), landscape=True, header=1, frozen=frozen)


class SessionSheets:
    """Writes one agent's conversations into the three sheets and remembers an example of each charged rule."""

    def __init__(self, book: Book, agent: str, rules: Mapping[str, RuleLike]) -> None:
        self._agent = agent
        self._rules = rules
        self._later: list[tuple[Record, Segments, Link | None]] = []
        self._numbers = {"finding": 0, "session": 0}
        self.examples: dict[str, Example] = {}
        self._findings = Rolling(book, "扣分明细", _layout(FINDING_COLUMNS, 2), _finding_header, _finish_findings)
        self._list = Rolling(book, "会话列表", _layout(SESSION_COLUMNS, 2), _list_header, _finish_list)
        self._talk = Rolling(book, "会话原文", _layout(TRANSCRIPT_COLUMNS), _talk_header, lambda _: None)

    def add(self, session: Session) -> None:
        """Write one conversation."""
        findings = [f for f in session.findings if f["agent"] == self._agent]
        links: dict[int | None, Link] = {}
        if session.messages and findings:
            links = self._transcript(session, findings)
        self._list_row(session, findings, links.get(None))
        for finding in findings:
            message = message_of(session, finding)
            link = links.get(finding["message"], links.get(None))
            evidence = evidence_of(finding, message)
            if finding["charged"] > 0:
                self._finding_row(finding, evidence, link)
                self._remember(finding, message, link)
            else:
                self._later.append((finding, evidence, link))

    def close(self) -> None:
        """Write bonuses and then what was not charged below what was, and finish the sheets."""
        for finding, evidence, link in sorted(self._later, key=_group):
            self._finding_row(finding, evidence, link)
        if not self._numbers["finding"]:
            muted = replace(styles.CENTER, colour=styles.MUTED)
            self._findings.append([Put("本期没有命中任何规则", muted, len(FINDING_COLUMNS))], 26)
        for sheet in (self._findings, self._list, self._talk):
            sheet.close()

    def _remember(self, finding: Record, message: Record | None, link: Link | None) -> None:
        if finding["rule"] in self.examples:
            return
        span = find_span(message["text"], finding["span"], finding["quote"]) if message else None
        text = excerpt(message["text"], span, AROUND_ON_CARD) if message and span else (Segment(finding["evidence"]),)
        self.examples[finding["rule"]] = Example(
            tuple(replace(piece, text=piece.text.replace("\n", " ")) for piece in text),
            f"会话 {finding['conversation']} · {(finding['time'] or NO_TIME)[-14:]}",
            link,
        )

    def _finding_row(self, finding: Record, evidence: Segments, link: Link | None) -> None:
        self._numbers["finding"] += 1
        charged = finding["charged"] != 0
        fill, ink = (None, styles.INK) if charged else (styles.GREY_FILL, "595959")

        def look(kind: str) -> styles.Look:
            return replace(kind_look(kind), fill=fill, colour=ink)

        severity = styles.severity_look(finding["severity"])
        small = replace(kind_look("note"), size=7, wrap=False, shrink=True)
        points = replace(look("plain"), number=styles.POINTS, bold=charged)
        puts = [
            Put(self._numbers["finding"], look("number")),
            Put(finding["conversation"], look("label")),
            Put(moment(finding["time"]) or NO_TIME, replace(look("time"), number="mm-dd hh:mm:ss")),
            Put(finding["dimension"], look("label")),
            Put(f"{finding['code']} {finding['title']}", look("text")),
            Put(SEVERITIES[finding["severity"]], severity if charged else look("label")),
            Put(-finding["charged"] or 0, points),
            Put(evidence, look("text")),
            Put(finding["advice"], look("text")),
            Put("看原文", replace(styles.LINK, fill=fill), link=link) if link else Put(NONE, look("label")),
            Put(outcome(finding, self._rules), look("text")),
            *_to_fill_in(finding),
            Put(finding["fingerprint"], small),
            Put(finding["rule"], small),
        ]
        self._findings.append(puts, fit(puts, self._findings.sheet.layout.widths, 26))

    def _list_row(self, session: Session, findings: Sequence[Record], link: Link | None) -> None:
        self._numbers["session"] += 1
        talk = session.conversation
        own = own_share(session, self._agent)
        lost = sum(max(0.0, f["charged"]) for f in findings)
        values = (
            self._numbers["session"],
            talk["conversation"],
            talk["customer"],
            moment(talk["start"]) or NO_TIME,
            talk["messages"],
            own["score"],
            talk["first_response_s"],
            talk["longest_wait_s"],
            sum(f["charged"] > 0 for f in findings),
            round(lost, 2) if lost else None,
            sum(f["charged"] <= 0 for f in findings),
            len(talk["not_evaluable"]),
        )
        puts = [put(column, value) for column, value in zip(SESSION_COLUMNS, values, strict=False)]
        if own["fatal"]:
            puts[5] = Put(own["score"], replace(styles.WARNING, align="center", number=styles.SCORE))
        puts.append(Put("看原文", styles.LINK, link=link) if link else Put(NONE, kind_look("label")))
        self._list.append(puts, fit(puts, self._list.sheet.layout.widths))

    def _transcript(self, session: Session, findings: Sequence[Record]) -> dict[int | None, Link]:
        """Write the messages; returns where each message, and (None) the conversation, begins."""
        title = replace(styles.BODY, bold=True, colour=styles.NAVY, fill=styles.PALE, border="under", wrap=False)
        if self._talk.sheet.rows > 1:
            self._talk.append([], 10)
        words = _session_title(session, own_share(session, self._agent), findings)
        head = [Put(words, title), *(Put(None, title) for _ in TRANSCRIPT_COLUMNS[1:])]
        links: dict[int | None, Link] = {None: _here(*self._talk.append(head, 24))}
        by_message: dict[int | None, list[Record]] = {}
        for finding in findings:
            by_message.setdefault(finding["message"], []).append(finding)
        for finding in by_message.get(None, []):
            whole = replace(styles.role_look("system"), italic=False, colour=styles.INK)
            text = (Segment("整场会话："), Segment(finding["evidence"]))
            self._line([Put(None, whole)] * 3 + [Put(text, whole), _hits([finding], whole)])
        for message in session.messages:
            links[message["index"]] = self._message_rows(message, by_message.get(message["index"], []))
        return links

    def _message_rows(self, message: Record, findings: Sequence[Record]) -> Link:
        look = styles.role_look(message["role"])
        text = said(message)
        shift = len(text) - len(message["text"])
        spans = (find_span(message["text"], f["span"], f["quote"]) for f in findings)
        hot = [(span[0] + shift, span[1] + shift) for span in spans if span]
        small = replace(look, align="center", size=9, indent=0)
        lead = [
            Put(message["time"] or NO_TIME, replace(small, wrap=False)),
            Put(ROLES.get(message["role"], message["role"]), small),
            Put(message["sender"], small),
        ]
        place: Link | None = None
        for start, end in blocks(text, TRANSCRIPT_COLUMNS[3].width, ROW_LINES):
            row = [*lead, Put(highlight(text, hot, start, end), look), _hits(findings, look)]
            link = self._line(row)
            place = place or link
            lead, findings = [Put(None, look), Put("（续）", small), Put(None, look)], ()
        return place or self._line(lead)

    def _line(self, puts: Sequence[Put]) -> Link:
        return _here(*self._talk.append(puts, fit(puts, self._talk.sheet.layout.widths)))


def _group(item: tuple[Record, Segments, Link | None]) -> int:
    """Order below the charged findings: bonuses, what reviewers overturned, the rest."""
    finding = item[0]
    if finding["charged"]:
        return 0
    return 1 if finding.get("verdict") in OVERTURNING else 2


def _to_fill_in(finding: Record) -> list[Put]:
    """The cells that people fill in, with what they said before; reviewers who disagree start anew."""
    look = replace(styles.BODY, fill="FFFDF0", locked=False)
    centred = replace(look, align="center")
    names = AND.join(item["name"] for item in finding.get("reviewers", ()))
    return [
        Put(YES if finding.get("appeal") else None, centred),
        Put(finding.get("appeal_reason"), look),
        Put(finding.get("verdict"), centred),
        Put(names if finding.get("verdict") else None, centred),
    ]


def _here(sheet: Sheet, row: int) -> Link:
    return Link(sheet.place(row))


def _hits(findings: Sequence[Record], look: styles.Look) -> Put:
    """The rules that a message hit: what was charged in red, the rest plain."""
    pieces: list[Segment] = []
    for finding in findings:
        charged = finding["charged"]
        tail = f"{-charged:+g} 分".replace("-", "−") if charged else "未扣分"
        pieces.append(Segment(f"{'；' if pieces else ''}{finding['code']} {finding['title']} {tail}", charged > 0))
    return Put(tuple(pieces), replace(look, size=9, italic=False, fill=look.fill))


def own_share(session: Session, agent: str) -> Record:
    """An agent's own score (0-100 points, None: not judged) and fatal flag in a conversation."""
    nothing: Record = {"score": None, "fatal": False}
    shares: dict[str, Record] = session.conversation["agents"]
    return shares.get(agent, nothing)


def _session_title(session: Session, own: Record, findings: Sequence[Record]) -> str:
    talk = session.conversation
    charged = [f["charged"] for f in findings if f["charged"] > 0]
    score = "不评分" if own["score"] is None else f"得分 {own['score']:g}"
    parts = (
        f"会话 {talk['conversation']}",
        f"客户 {talk['customer'] or NONE}",
        talk["start"] or NO_TIME,
        f"消息 {talk['messages']} 条",
        score,
        f"扣分 {len(charged)} 处，共 {sum(charged):g} 分" if charged else "没有扣分",
    )
    return "　".join(parts)


def message_of(session: Session, finding: Record) -> Record | None:
    """The record of the message that a finding points at, None if it is about the whole conversation."""
    index = finding["message"]
    if index is None:
        return None
    return next((message for message in session.messages if message["index"] == index), None)


def evidence_of(finding: Record, message: Record | None) -> Segments:
    """The message with the hit in red and, if it says more, the check's own sentence."""
    quote, sentence = finding["quote"], finding["evidence"]
    said_there: Segments = ()
    if message and message["text"]:
        span = find_span(message["text"], finding["span"], quote)
        said_there = excerpt(message["text"], span, AROUND)
    elif quote:
        said_there = (Segment(quote, finding["span"] is not None),)
    if not sentence or sentence == quote:
        return said_there or (Segment(finding["title"]),)
    return (*said_there, Segment(f"\n{sentence}" if said_there else sentence))


def _finding_header(sheet: Sheet) -> None:
    write_header(sheet, FINDING_COLUMNS)


def _list_header(sheet: Sheet) -> None:
    write_header(sheet, SESSION_COLUMNS)


def _talk_header(sheet: Sheet) -> None:
    write_header(sheet, TRANSCRIPT_COLUMNS)


def _finish_list(sheet: Sheet) -> None:
    sheet.raw.auto_filter.ref = f"A1:M{max(2, sheet.rows)}"


def _finish_findings(sheet: Sheet) -> None:
    """Filter, drop-downs for appeal and verdict, and protection (no password) of everything else."""
    last = max(2, sheet.rows)
    sheet.raw.auto_filter.ref = f"A1:Q{last}"
    # The last two columns are for reading verdicts back, not for paper.
    sheet.raw.print_area = f"A1:O{last}"
    appeal = _choice(f"{YES},{NO}", f"L2:L{last}", f"有异议请选“{YES}”，并在右边写明理由。")
    meaning = "扣得对选“成立”，机器看错了选“误判”，情有可原选“申诉成立”；后两种不再扣分。"
    verdict = _choice(",".join(Ruling), f"N2:N{last}", meaning)
    for item in (appeal, verdict):
        sheet.raw.data_validations.append(item)
    lock = sheet.raw.protection
    lock.sheet = True
    lock.autoFilter = lock.formatColumns = lock.formatRows = lock.formatCells = lock.sort = False


def _choice(values: str, area: str, prompt: str) -> Any:
    from openpyxl.worksheet.datavalidation import DataValidation

    return DataValidation(
        type="list",
        formula1=f'"{values}"',
        allowBlank=True,
        sqref=area,
        showErrorMessage=True,
        errorTitle="只能从列表里选",
        error=f"请选择：{values.replace(',', '、')}。",
        showInputMessage=True,
        promptTitle="怎么填",
        prompt=prompt,
    )
