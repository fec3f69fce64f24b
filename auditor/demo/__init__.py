"""The built-in sample day: one invented shop, eight agents, a day of chats, for trying the auditor without own logs."""

from pathlib import Path


def day() -> bytes:
    """The sample day as CSV bytes: UTF-8 without BOM, RFC 4180, canonical Chinese columns, one message a row."""
    return Path(__file__).parent.joinpath("day.csv").read_bytes()
