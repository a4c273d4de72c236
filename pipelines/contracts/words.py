"""The closed lists of words that rows may use. What a carrier or a shop system says instead is mapped by its source."""

from __future__ import annotations

CHANNELS = ("web", "mobile", "marketplace", "popup")
ORDER_STATUSES = ("placed", "cancelled")
FULFILMENTS = ("delivery", "pickup")
SCAN_KINDS = ("scan", "share", "share_count")
STOREFRONT_KINDS = ("view", "reserve", "checkout", "pickup_ready", "collected", "expired")
EPCIS_ACTIONS = ("ADD", "OBSERVE", "DELETE")
PARCEL_STATUSES = (
    "pre_transit",
    "in_transit",
    "out_for_delivery",
    "delivered",
    "available_for_pickup",
    "return_to_sender",
    "failure",
    "cancelled",
)

# ISO 4217, the codes of money in use (funds, metals and testing codes left out), with those withdrawn since 2000 that
# a shop's history may hold (euro predecessors are older than that).
CURRENCY_CODES = frozenset(
    """
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BYR BZD CAD CDF CHF
    CLP CNY COP CRC CUC CUP CVE CZK DJF DKK DOP DZD EEK EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL
    HRK HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LTL LVL LYD
    MAD MDL MGA MKD MMK MNT MOP MRO MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG
    QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SKK SLE SLL SOS SRD SSP STD STN SVC SYP SZL THB TJS TMT TND TOP TRY
    TTD TWD TZS UAH UGX USD UYU UZS VED VEF VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMK ZMW ZWG ZWL
    """.split()  # noqa: SIM905 (a table of 180 quoted words is harder to check against the standard)
)
