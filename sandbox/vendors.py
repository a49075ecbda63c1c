"""The vendors of the sandbox, in the order their servers are listed."""

from sandbox import dynamics, netsuite, salesforce, shopify
from sandbox.vendor import Vendor
from sandbox.world import World

NAMES = ("shopify", "netsuite", "salesforce", "dynamics")
_BUILDERS = (shopify.build, netsuite.build, salesforce.build, dynamics.build)


def build_all(world: World) -> dict[str, Vendor]:
    vendors = [build(world) for build in _BUILDERS]
    return {vendor.name: vendor for vendor in vendors}
