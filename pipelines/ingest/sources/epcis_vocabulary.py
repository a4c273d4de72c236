"""The words of GS1's Core Business Vocabulary (CBV 2.0) that an EPCIS event may use without saying where from."""

from __future__ import annotations

BUSINESS_STEPS = frozenset(
    """
    accepting arriving assembling collecting commissioning consigning creating_class_instance cycle_counting
    decommissioning departing destroying disassembling dispensing encoding entering_exiting holding inspecting
    installing killing loading other packing picking receiving removing repackaging repairing replacing reserving
    retail_selling sampling sensor_reporting shipping staging_outbound stock_taking stocking storing transporting
    unloading unpacking void_shipping
    """.split()  # noqa: SIM905 (words of a standard, as they are printed there)
)
DISPOSITIONS = frozenset(
    """
    active available completeness_inferred completeness_verified conformant container_closed container_open damaged
    destroyed dispensed disposed encoded expired in_progress in_transit inactive mismatch_class mismatch_instance
    mismatch_quantity needs_replacement no_pedigree_match non_conformant non_sellable_other partially_dispensed
    recalled reserved retail_sold returned sellable_accessible sellable_not_accessible stolen unavailable unknown
    """.split()  # noqa: SIM905 (as above)
)
TRANSACTION_TYPES = frozenset(
    "bol cert desadv inv pedigree po poc prodorder recadv rma testprd testres upevt".split()  # noqa: SIM905 (as above)
)
PARTY_TYPES = frozenset(("owning_party", "possessing_party", "location"))
ERROR_REASONS = frozenset(("did_not_occur", "incorrect_data"))

# The standard's own addresses for each list, whose last part must be a word of the list.
ADDRESSES = {
    "BizStep": ("urn:epcglobal:cbv:bizstep:", BUSINESS_STEPS),
    "Disp": ("urn:epcglobal:cbv:disp:", DISPOSITIONS),
    "BTT": ("urn:epcglobal:cbv:btt:", TRANSACTION_TYPES),
    "SDT": ("urn:epcglobal:cbv:sdt:", PARTY_TYPES),
    "ER": ("urn:epcglobal:cbv:er:", ERROR_REASONS),
}
# Prefixes that the standard's context declares for everybody.
PREFIXES = frozenset(("cbv", "cbvmda", "dcterms", "epcis", "gs1", "owl", "rdf", "rdfs", "skos", "xsd"))
