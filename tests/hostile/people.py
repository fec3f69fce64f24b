"""ROL: who speaks: roles in every word, robots, transfers, rows that contradict themselves."""

from __future__ import annotations

from hostile.case import BANNED, HEAD, ROWS, Case, Seen, rejected, rows


def talk(*lines: str) -> str:
    """One conversation: each line is ``clock,role,agent,text``."""
    parts = [line.split(",", 3) for line in lines]
    return HEAD + "".join(f"S1,2026-11-16 {when},{role},{agent},茶茶,{text}\n" for when, role, agent, text in parts)


def charged(seen: Seen) -> set[str]:
    """Whose words a finding is charged to."""
    return {finding["agent"] for finding in seen.findings if finding["severity"] == "fatal"}


CASES = (
    rejected("ROL-01", "a role nobody knows", rows(line3=ROWS[1].replace("agent", "supervisor")), 3, says="supervisor"),
    rejected("ROL-02", "a role that is blank", rows(line3=ROWS[1].replace("agent", "")), 3, says="角色"),
    Case(
        "ROL-03",
        "the robot after 1 s, the human after 120 s",
        talk("09:00:00,customer,小云,在吗", "09:00:01,robot,小云,亲，您好", "09:02:00,agent,小云,亲，在的"),
        rows=3,
        holds=lambda seen: seen.waits == [120.0],
    ),
    Case(
        "ROL-05",
        "a transfer told by a system line",
        talk(
            "09:00:00,customer,小云,在吗",
            "09:00:08,agent,小云,亲，帮您转接",
            "09:00:09,system,,加我微信 已转接给 阿泽",
            "09:00:20,agent,阿泽,亲，您好",
        ),
        rows=4,
        holds=lambda seen: set(seen.agents) == {"小云", "阿泽"} and not charged(seen),
    ),
    Case(
        "ROL-06",
        "only customers speak",
        rows(**{f"line{n}": "" for n in (3, 5, 7, 9, 11)}),
        rows=5,
        holds=lambda seen: seen.agents == {},
    ),
    Case(
        "ROL-07",
        "only agents speak",
        rows(**{f"line{n}": "" for n in (2, 4, 6, 8, 10)}),
        rows=5,
        holds=lambda seen: seen.waits == [None] * 5,
    ),
    Case(
        "ROL-09",
        "Chinese words for roles",
        talk(
            "09:00:00,买家,小云,在吗",
            "09:00:01,机器人,小云,您好",
            "09:00:02,系统,,转人工",
            "09:00:08,客服,小云,亲，您好",
        ),
        rows=4,
        holds=lambda seen: seen.waits == [8.0],
    ),
    Case(
        "ROL-11",
        "an agent's row without a name",
        rows(line3=ROWS[1].replace("小云", "")),
        holds=lambda seen: seen.run["conversations"] == 5,
    ),
    Case(
        "ROL-12",
        "no agent is named anywhere",
        talk("09:00:00,customer,,在吗", f"09:00:08,agent,,{BANNED}"),
        rows=2,
        holds=lambda seen: len(seen.agents) == 1 and "" not in seen.agents,
    ),
    Case(
        "ROL-13",
        "the robot says the banned word",
        talk("09:00:00,customer,小云,在吗", f"09:00:01,robot,小云,{BANNED}", "09:00:08,agent,小云,亲，您好"),
        rows=3,
        holds=lambda seen: not charged(seen),
    ),
    Case(
        "ROL-14",
        "the customer says the banned word",
        talk("09:00:00,customer,小云,在吗", "09:00:08,agent,小云,亲，您好", f"09:00:20,customer,小云,{BANNED}"),
        rows=3,
        holds=lambda seen: not charged(seen),
    ),
    Case("ROL-15", "a recalled message", rows(line3=ROWS[1].replace("亲，您好，今天就能发出", "[撤回了一条消息]"))),
    Case(
        "ROL-17",
        "one id on two days, two agents",
        HEAD
        + "".join(
            f"S1,2026-11-{day} 09:00:{s},{role},{agent},茶茶,亲，您好\n"
            for day, agent in ((16, "小云"), (17, "阿泽"))
            for s, role in (("00", "customer"), ("08", "agent"))
        ),
        rows=4,
        holds=lambda seen: (
            all((wait or 0) < 3600 for wait in seen.waits)
            and all(t["longest_wait_s"] < 3600 for t in seen.conversations)
        ),
    ),
    Case(
        "ROL-19",
        "a customer's row names an agent",
        talk("09:00:00,customer,小云,在吗", f"09:00:05,customer,小云,{BANNED}", "09:00:08,agent,小云,亲，您好"),
        rows=3,
        holds=lambda seen: not charged(seen),
    ),
    Case(
        "ROL-20",
        "roles in capitals and full width",
        talk("09:00:00,CUSTOMER,小云,在吗", "09:00:08, Agent ,小云,亲，您好"),
        rows=2,
        holds=lambda seen: seen.waits == [8.0],
    ),
    Case(
        "ROL-21",
        "a conversation without an id",
        HEAD + "".join("," + row.partition(",")[2] + "\n" for row in ROWS),
        holds=lambda seen: seen.run["conversations"] == 5,
    ),
    Case("ROL-22", "an auto reply of an agent", rows(line3=ROWS[1].replace("亲，您好", "[自动回复]亲，您好"))),
)
