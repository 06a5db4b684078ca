"""What several rooms' tests share."""

from tests.house import house
from tests.servers.openldap import slapd
from tests.servers.samba_dc import samba

__all__ = ["house", "samba", "slapd"]
