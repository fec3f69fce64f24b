"""auditor: a quality auditor for Chinese customer-service chats."""

__version__ = "0.1.0"
