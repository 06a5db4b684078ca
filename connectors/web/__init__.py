"""The chat page and its JSON API: the channel `web`."""

from connectors.web.channel import WebInput

__all__ = ["WebInput"]
