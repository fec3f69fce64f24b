"""Conversations as canonical JSON: what every reader ends in, one conversation a line."""

from __future__ import annotations

import json
from typing import Any

from auditor.chat import Conversation, Kind, Message


def as_line(conversation: Conversation) -> str:
    """The conversation as one line of canonical JSONL, without the line end. What is not known is left out."""
    names = {
        "conversation": conversation.id,
        "platform": conversation.platform,
        "shop": conversation.shop,
        "agent": conversation.agent,
        "customer": conversation.customer,
    }
    record: dict[str, Any] = {name: value for name, value in names.items() if value is not None}
    record["messages"] = [_message(message) for message in conversation.messages]
    return json.dumps(record, ensure_ascii=False)


def _message(message: Message) -> dict[str, str]:
    record = {"role": message.role.value, "text": message.text}
    if message.kind is not Kind.TEXT:
        record["kind"] = message.kind.value
    if message.time is not None:
        record["time"] = message.time.isoformat(sep=" ")
    if message.sender is not None:
        record["sender"] = message.sender
    return record
