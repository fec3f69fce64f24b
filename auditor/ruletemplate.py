"""A first rule of every kind: complete, with examples that pass, to be changed into the rule one wants."""

from __future__ import annotations

from collections.abc import Mapping

from auditor.checks import KINDS
from auditor.checks.kind import Type

_HEAD = """\
# {help}
[[rule]]
id = "my-{kind}-rule"          # 英文小写加连字符，说出坏在哪里，用过就不改
code = "Z01"                   # 编号，不能与别的规则重复
kind = "{kind}"
title = "我的规则"
dimension = "话术规范"           # 违规红线 服务态度 业务流程 响应时效 话术规范
severity = "minor"             # fatal 致命 · major 严重 · minor 一般 · info 提示 · bonus 加分
points = 2                     # 扣几分（满分 100）
scope = "message"              # message 每条消息扣 · conversation 每个会话扣一次 · agent 每位客服扣一次
status = "trial"               # trial 试运行，只列出不扣分；看准了再改成 live
{params}
why = "为什么这样说不好，一两句话。"
advice = "可以原样发给顾客的改写。"
source = "出自哪本手册或哪条平台规则"
good = [
    {good},
]
bad = [
    {bad},
]
"""
_LEVEL = '\n[[rule.level]]\nname = "问候"\nwords = ["您好", "欢迎"]\n'
_FINE = "客户: 有货吗\\n客服: 有的，今天下单今天发"

#: kind -> parameters, good example, bad example, what follows the table.
_SAMPLES: Mapping[str, tuple[str, str, str, str]] = {
    "phrase": ('words = ["自己看"]', _FINE, "客户: 多大\\n客服: 自己看", ""),
    "pattern": ("patterns = ['/不(能|可以)退/']", _FINE, "客户: 能退吗\\n客服: 不可以退", ""),
    "required": ("first = 2", "客户: 在吗\\n客服: 您好", "客户: 在吗\\n客服: 嗯", _LEVEL),
    "density": ('words = ["不"]\nlimit = 3\nmin_count = 3', _FINE, "客户: 能退吗\\n客服: 不退不换不赔", ""),
    "reply-time": (
        'which = "first"\nlimit = 60',
        "客户@09:00:00: 在吗\\n客服@09:00:20: 在的",
        "客户@09:00:00: 在吗\\n客服@09:02:00: 在的",
        "",
    ),
    "after": (
        'roles = ["customer"]\ntrigger = ["发票"]\nexpect = ["开票", "发票"]',
        "客户: 有发票吗\\n客服: 有的，发货后开票",
        "客户: 有发票吗\\n客服: 亲，现在有活动",
        "",
    ),
    "question": (
        'roles = ["customer"]\nempty = ["稍等"]\npending = ["请问"]\ncloser = ["好的", "谢谢"]\nwithdrawn = ["不用了"]',
        "客户: 几天到\\n客服: 一般三天左右到",
        "客户: 几天到\\n客服: 稍等\\n客户: 那我不等了再见\\n客服: 稍等",
        '\n[[rule.ask]]\nname = "时间"\nwords = ["几天", "多久"]\n',
    ),
    "entity": ('entities = ["mobile"]', _FINE, "客户: 电话多少\\n客服: 打 13800138000", ""),
    "event": ('roles = ["system"]\nevents = ["transfer"]\nat_least = 2', _FINE,
              "客户: 在吗\\n系统[转接]: 转给甲\\n系统[转接]: 转给乙", ""),
    "expired": ('words = ["活动", "截至"]', _FINE, "客户@09:00: 有券吗\\n客服@09:01: 活动截至 11月1日", ""),
    "all": ('rules = ["banned-words", "missing-greeting"]', _FINE.replace("有的", "您好，有的"),
            "客户: 多大\\n客服: 自己看", ""),
    "length": ("chars = 20", _FINE, "客户: 在吗\\n客服: 一二三四五六七八九十一二三四五六七八九十一", ""),
    "repeat": ("min_chars = 4", _FINE, "客户: 在吗\\n客服: 请稍等一下\\n客户: 人呢\\n客服: 请稍等一下", ""),
    "model": (
        'model = "agent-attitude"\nlabel = "不耐烦"\nthreshold = 0.9',
        _FINE,
        "客户: 怎么退\\n客服: 都跟你说几遍了还问",
        "",
    ),
    "conflict": (
        "most_answers = 3",
        "客服: 【发货】48 小时内发货",
        "客服: 【发货】48 小时内发货\\n客服: 【几天发】24 小时内发货",
        '\n[[rule.level]]\nname = "发货时间"\nwords = [\'/[0-9]+ ?小时内发货/\']\n',
    ),
    "duplicate": (
        "similarity = 0.9",
        _FINE,
        "客服: 您好，订单今天下午发出，请您留意物流\\n客服: 您好，订单今天下午发出哦，请您留意物流",
        "",
    ),
    "writing": ('finds = "half-width"', _FINE, "客户: 在吗\\n客服: 您好,在的", ""),
}
_MEANINGS = {
    Type.WORDS: "词表：词、/正则/、@词表名",
    Type.TEXT: "文字",
    Type.TEXTS: "文字列表",
    Type.INTEGER: "整数",
    Type.NUMBER: "数字",
    Type.FLAG: "true 或 false",
    Type.CHOICE: "选一个",
    Type.CHOICES: "选几个",
    Type.HOURS: '时段，如 "08:00-23:00"',
    Type.ANSWERS: "几个 {asked, replies} 表",
    Type.LEVELS: "几个 {name, words} 表",
}


def template(kind: str) -> str:
    """A rule file with one rule of this kind and a list of the kind's parameters in comments. Raises KeyError."""
    params, good, bad, tail = _SAMPLES[kind]
    head = _HEAD.format(kind=kind, help=KINDS[kind].help, params=params, good=f'"{good}"', bad=f'"{bad}"')
    return f"{head}{tail}\n{_parameters(kind)}"


def _parameters(kind: str) -> str:
    lines = [f"# {kind} 的参数："]
    for param in KINDS[kind].params:
        choices = f"（{'、'.join(param.choices)}）" if param.choices else ""
        needed = "，必填" if param.required else ""
        lines.append(f"#   {param.name}：{_MEANINGS[param.type]}{choices}{needed}")
    lines.append("# 各种规则都可用：roles、first/last、unit、when、unless、unless_said、quoted_exempt、")
    lines.append("#   min_agent_messages")
    return "\n".join(lines) + "\n"
