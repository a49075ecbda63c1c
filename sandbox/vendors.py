"""The vendors of the sandbox, in the order their servers are listed."""

from sandbox import dynamics, netsuite, oidc, salesforce, shopify
from sandbox.vendor import Vendor
from sandbox.world import World

NAMES = ("shopify", "netsuite", "salesforce", "dynamics", "oidc")
_BUILDERS = (shopify.build, netsuite.build, salesforce.build, dynamics.build, oidc.build)


def build_all(world: World) -> dict[str, Vendor]:
    vendors = [build(world) for build in _BUILDERS]
    return {vendor.name: vendor for vendor in vendors}
