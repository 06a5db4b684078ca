from tests.servicedesk.world import database_template, template, world

__all__ = ["database_template", "template", "world"]
