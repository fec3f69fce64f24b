"""``auditor kpi``: text, csv and json; own presets; what could not be read; exit codes."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from factory_jobs import ROWS, RULES, done
from factory_jobs import log as log_of
from factory_rules import write

from auditor import ruleset
from auditor.cli.app import main
from auditor.cli.kpi import _aligned
from auditor.cli.summary import width
from auditor.reports.kpirecords import FIGURES, reached, shown

LOG = """会话ID,时间,角色,客服,客户,消息
1,2026-11-16 09:00:00,客户,店:小林,甲,这款还有吗
1,2026-11-16 09:00:20,客服,店:小林,甲,有的亲
1,2026-11-16 09:05:00,客户,店:小林,甲,好的谢谢
2,2026-11-16 10:00:00,客户,店:小周,乙,几号能到
2,2026-11-16 10:04:00,客服,店:小周,乙,后天到
3,2026-11-16 23:40:00,客户,店:小周,丙,能改地址吗
"""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "log.csv"
    path.write_text(LOG, encoding="utf-8")
    return path


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """The exit code, stdout and stderr of ``auditor kpi …``."""
    with pytest.raises(SystemExit) as stop:
        main(["kpi", *arguments])
    told = capsys.readouterr()
    return int(stop.value.code or 0), told.out, told.err


def test_text_has_agents_as_rows_and_marks_missed_targets(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, str(log), "--profile", "taobao")
    assert (code, err) == (0, "")
    assert "口径：淘宝 3 分钟人工响应率（2025-06）" in out
    rows = {line.split()[0]: line for line in out.splitlines()[3:7]}
    assert set(rows) == {"响应", "团队", "店:小林", "店:小周"}
    assert "4 分" in rows["店:小周"]
    assert "0.0%*" in rows["店:小周"]
    assert "50.0%*" in rows["店:小林"]
    assert "100.0%" in rows["店:小林"]
    assert "没有达到的打 *" in out
    assert [line.split()[0] for line in out.splitlines() if ":00" in line] == ["09:00", "10:00", "23:00"]


def test_conversion_is_said_where_the_log_has_orders(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of three customers who asked two bought, one of them paid: 2/3 × 1/2 = 1/3."""
    rows = ["会话ID,时间,角色,客服,客户,消息,类型"]
    for number, notes in enumerate((["买家已下单", "买家已付款"], ["买家已拍下，等待买家付款"], []), 1):
        rows.append(f"{number},2026-11-16 09:00:00,客户,小林,甲{number},还有吗,")
        rows.append(f"{number},2026-11-16 09:00:10,客服,小林,甲{number},有的亲,")
        rows += [f"{number},2026-11-16 09:01:00,系统,小林,甲{number},{note},订单" for note in notes]
    path = tmp_path / "订单.csv"
    path.write_text("\n".join(rows), encoding="utf-8")
    code, out, _ = run(capsys, str(path))
    assert code == 0
    assert "询单转化（团队 3 个咨询）：下单率 66.7%，付款率 50.0%，询单转化率 33.3%" in out


def test_columns_of_the_text_stand_under_their_headings(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, str(log), "--profile", "taobao")
    block = out.splitlines()[3:7]
    ends = {width(line[: line.index("  ", line.index("次") if "次" in line else 0)]) for line in block[1:]}
    assert len(ends) == 1
    assert max(width(line) for line in out.splitlines()[3:]) <= 130


def test_alignment_leaves_room_for_marks() -> None:
    assert _aligned([["客服", "率"], ["甲", "9%*"], ["乙丙", "100%"]]) == [
        "客服    率", "甲      9%*", "乙丙  100%",
    ]  # fmt: skip


def test_csv_has_every_figure_with_its_unit(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, str(log), "--profile", "pdd", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert code == 0
    assert [row["客服"] for row in rows] == ["团队", "店:小周", "店:小林"]
    assert rows[0]["口径"] == "拼多多 3 分钟人工回复率"
    assert rows[2]["首次响应均值（秒）"] == "20.0"
    assert rows[0]["首次响应 30 秒内（%）"] == "50.0"
    assert len(rows[0]) == len(FIGURES) + 2


def test_json_has_team_agents_and_hours(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, str(log), "--profile", "jd", "--format", "json")
    told = json.loads(out)
    assert code == 0
    assert (told["profile"], told["as_of"], told["targets"]["first_rate"]) == ("jd", "2021-12-22", 0.85)
    assert told["team"]["first_rate"] == 0.5
    assert told["team"]["off_hours_rounds"] == 1
    assert list(told["agents"]) == ["店:小周", "店:小林"]
    assert told["agents"]["店:小林"]["by_hour"]["09"]["rounds_asked"] == 2
    assert list(told["team"]["by_hour"]) == ["09", "10", "23"]


def test_an_own_preset_counts_by_its_name(log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = tmp_path / "own.toml"
    own.write_text('[preset.mine]\ntitle = "本店"\nas_of = "2026"\nsource = "店规"\nreply_limit = 300\n'
                   '[preset.taobao]\ngap = 60\n', encoding="utf-8")  # fmt: skip
    _, out, _ = run(capsys, str(log), "--profile", "mine", "--rules", str(own), "--format", "json")
    assert json.loads(out)["team"]["reply_rate"] == 0.6667
    _, out, _ = run(capsys, str(log), "--profile", "taobao", "--rules", str(own))
    assert "自己的规则文件改了：gap" in out


def test_an_unknown_preset_is_told_with_the_known_ones(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, str(log), "--profile", "taoboa")
    assert (code, out) == (2, "")
    assert "没有「taoboa」这个口径，是不是想写「taobao」" in err


def test_rows_that_cannot_be_read_are_counted(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log.write_text(LOG + "4,2026-11-16 11:00:00,路人,店:小周,丁,在吗\n", encoding="utf-8")
    code, out, err = run(capsys, str(log))
    assert code == 3
    assert out.startswith("口径：")
    assert "有 1 行读不了，没有计入（角色不认识 1 行）" in err


def test_a_file_that_cannot_be_read_is_told(log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = tmp_path / "broken.xlsx"
    broken.write_bytes(b"PK\x03\x04 no workbook")
    code, out, err = run(capsys, str(log), str(broken))
    assert code == 3
    assert out.startswith("口径：")
    assert "没有读：" in err
    assert "broken.xlsx" in err


def test_with_no_conversation_there_are_no_figures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "log.csv"
    path.write_text("角色,消息\n路人,在吗\n", encoding="utf-8")
    code, out, err = run(capsys, str(path))
    assert (code, out) == (2, "")
    assert "没有读到任何会话，1 行读不了" in err


def test_days_can_be_chosen(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, str(log), "--since", "2026-11-17")
    assert code == 2
    assert err.strip() == "错误：没有读到任何会话，6 行在 --since、--until 的日期之外。请检查日期。"


def test_without_times_the_text_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "log.csv"
    path.write_text("角色,客服,消息\n客户,小林,在吗\n客服,小林,在的\n", encoding="utf-8")
    code, out, _ = run(capsys, str(path))
    assert code == 0
    assert "没有时间、判不了的轮次有 1 轮，没有计入" in out
    assert " — " in out


@pytest.mark.parametrize(("name", "value", "told"), [
    ("first_response_mean_s", 27.84, "27.8 秒"), ("longest_wait_s", 90, "90 秒"),
    ("longest_wait_s", 90.6, "1 分 31 秒"), ("longest_wait_s", 563.0, "9 分 23 秒"),
    ("handling_mean_s", 3780.0, "1 小时 3 分"), ("reply_rate", 0.923, "92.3%"), ("rounds", 1234, "1,234 轮"),
    ("answer_ratio", 1.19, "1.19"),
    ("typing_per_minute", 80.04, "80.0 字/分"), ("reply_rate", None, "—"),
])  # fmt: skip
def test_figures_are_shown_with_their_unit(name: str, value: float | None, told: str) -> None:
    assert shown(name, value) == told


def test_a_target_is_reached_at_its_value() -> None:
    assert reached("reply_rate", 0.9, 0.9) is True
    assert reached("response_mean_s", 31, 30) is False
    assert reached("response_mean_s", 30, 30) is True
    assert reached("answer_ratio", 1.3, 1.2) is True
    assert reached("response_mean_s", None, 30) is None


#: An agent who lets one customer wait for good, and one who never says a word.
SILENT = [
    ["S1", "2026-11-16 09:00:00", "客户", "小云", "茶茶", "这款能退吗"],
    ["S1", "2026-11-16 09:00:20", "客服", "小云", "茶茶", "可以的"],
    ["S2", "2026-11-16 10:00:00", "客户", "小云", "南风", "有人吗"],
    ["S3", "2026-11-16 11:00:00", "客户", "小雪", "北风", "有人吗"],
]


@pytest.mark.parametrize("profile", ["house", "taobao", "jd", "pdd", "douyin"])
def test_audit_and_kpi_tell_the_same_figures(
    profile: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = log_of(tmp_path, [*ROWS, *([f"X{row[0]}", *row[1:]] for row in SILENT)])
    outcome = done(tmp_path, path, rules=ruleset.load([write(tmp_path, RULES, "rules.toml")]), profile=profile)
    cards = json.loads((tmp_path / "out" / "agents.json").read_text(encoding="utf-8"))
    code, out, _ = run(capsys, str(path), "--profile", profile, "--format", "json")
    told = json.loads(out)["agents"]
    assert code == 0
    assert {agent: card["kpis"][profile] for agent, card in cards.items()} == {
        agent: told[agent] for agent in ("小云", "小雨")
    }
    assert told["小云"]["unanswered_rounds"] == 1
    assert set(told) == {"小云", "小雨", "小雪"}
    assert "1 位客服一句话也没有说过，没有评分卡：小雪" in outcome.facts.left_out


def test_each_conversation_has_the_figures_of_its_platform(tmp_path: Path) -> None:
    done(tmp_path, profile="jd")
    text = (tmp_path / "out" / "conversations.jsonl").read_text(encoding="utf-8")
    first = json.loads(text.splitlines()[0])
    assert list(first["kpis"]) == ["jd"]
    figures = first["kpis"]["jd"]
    assert (figures["rounds"], figures["wait_sum_s"], figures["first_response_s"]) == (2, 50, 20)
