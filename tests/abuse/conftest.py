from tests.servicedesk.world import template, world

__all__ = ["template", "world"]
