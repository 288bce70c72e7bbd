"""IAM Identity Center: permission sets and their assignments, and the identity store with groups and users.

Everything is in the Region of the instance. The caller is the management account, or a delegated administrator.
"""

from reconciler.mock.other_services.identity_center.roles import pass_time
from reconciler.mock.other_services.identity_center.services import SERVICES
from reconciler.mock.other_services.identity_center.snapshots import insert, to_resources

__all__ = ["SERVICES", "insert", "pass_time", "to_resources"]
