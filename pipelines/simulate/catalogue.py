"""The invented shop: its hubs in Leipzig, its everyday goods, and the plans of its two drops.

Names, people and numbers are made up; districts and distances are Leipzig's, so that maps and rings look like a city.
How much of it sells is not here (`demand.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

SHOP_TIMEZONE = ZoneInfo("Europe/Berlin")
CURRENCY_CODE = "EUR"
TAX_RATE = Decimal("0.19")
DROP_HOURS = 72

# The prefix that GS1 keeps for examples: no label made here can name a real company's article.
GS1_EXAMPLE_PREFIX = "952"
LABEL_DOMAIN = "https://id.lichtquartier.example"

CHANNEL_FEES: Mapping[str, Decimal] = {
    "web": Decimal("0.03"),
    "mobile": Decimal("0.03"),
    "marketplace": Decimal("0.13"),
    "popup": Decimal("0.02"),
}


@dataclass(frozen=True)
class Hub:
    """A neighbourhood micro-hub."""

    hub_id: str
    name: str
    latitude: float
    longitude: float
    capacity_units: int


@dataclass(frozen=True)
class Restock:
    """Units that reach a hub while the drop runs."""

    at: datetime
    hub_id: str
    units: int


@dataclass(frozen=True)
class DropSku:
    """One SKU of a drop plan; amounts are of one unit, tax included but for `unit_cost` and `salvage_amount`."""

    sku: str
    gtin: str
    title: str
    list_price: Decimal
    low_price: Decimal
    high_price: Decimal
    unit_cost: Decimal
    salvage_amount: Decimal
    min_margin_rate: Decimal
    forecast_units: int
    stock: Mapping[str, int]
    restocks: tuple[Restock, ...] = ()


@dataclass(frozen=True)
class Drop:
    """One drop plan; `number` keys its random streams."""

    number: int
    drop_id: str
    name: str
    starts_at: datetime
    skus: tuple[DropSku, ...]
    holdout_rate: Decimal
    taper_hours: int

    @property
    def ends_at(self) -> datetime:
        """The instant the drop closes."""
        return self.starts_at + timedelta(hours=DROP_HOURS)

    def hour_at(self, instant: datetime) -> int | None:
        """Whole hours from the drop's start to `instant`, or None outside the drop."""
        if not self.starts_at <= instant < self.ends_at:
            return None
        return (instant - self.starts_at) // timedelta(hours=1)


@dataclass(frozen=True)
class EverydayGood:
    """An article that the shop sells all year, outside drops, at one price."""

    sku: str
    gtin: str
    title: str
    price: Decimal
    weight: float


HUBS: tuple[Hub, ...] = (
    Hub("LEJ-SUED", "Südvorstadt: Kiosk am Südplatz", 51.3228, 12.3735, 420),
    Hub("LEJ-PLAG", "Plagwitz: Werkhof am Kanal", 51.3271, 12.3338, 480),
    Hub("LEJ-GOHL", "Gohlis: Papierladen Menckestrasse", 51.3603, 12.3661, 260),
    Hub("LEJ-REUD", "Reudnitz: Rad und Tat", 51.3364, 12.4043, 300),
)


def gtin_of(article: int) -> str:
    """The 14-digit GTIN of an invented article, with its check digit.

    Examples:
        >>> gtin_of(11)
        '09520000000110'
    """
    body = f"0{GS1_EXAMPLE_PREFIX}{article:09d}"
    # Weights 3, 1, 3, … from the left of the 13 digits (GS1 General Specifications, section 7.9).
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(body))
    return f"{body}{-total % 10}"


EVERYDAY_GOODS: tuple[EverydayGood, ...] = (
    EverydayGood("LQ-CND-101", gtin_of(101), "Beeswax taper candles, pair", Decimal("9.50"), 1.5),
    EverydayGood("LQ-CND-102", gtin_of(102), "Tea lights in beeswax, ten", Decimal("8.00"), 1.3),
    EverydayGood("LQ-MUG-110", gtin_of(110), "Espresso cup, oat glaze", Decimal("18.00"), 1.0),
    EverydayGood("LQ-MUG-111", gtin_of(111), "Breakfast bowl, oat glaze", Decimal("26.00"), 0.8),
    EverydayGood("LQ-TEA-120", gtin_of(120), "Apple and rosehip tea", Decimal("7.90"), 1.4),
    EverydayGood("LQ-TEA-121", gtin_of(121), "Evening herbs", Decimal("7.90"), 1.1),
    EverydayGood("LQ-LIN-130", gtin_of(130), "Linen kitchen cloth", Decimal("14.50"), 0.9),
    EverydayGood("LQ-LIN-131", gtin_of(131), "Linen bread bag", Decimal("19.00"), 0.6),
    EverydayGood("LQ-SOA-140", gtin_of(140), "Spruce soap bar", Decimal("6.50"), 1.2),
    EverydayGood("LQ-PRT-150", gtin_of(150), "Risograph print, Karl-Heine canal", Decimal("32.00"), 0.4),
)


def plan_drops(clock: datetime) -> tuple[Drop, Drop]:
    """The finished and the live drop of a world whose present is `clock`, a full hour.

    The live one is in hour 50. The finished one ended 33 days and 2 hours ago, so its 30 days of settling are over and
    every one of its buyers has had 30 days to come back.
    """
    live_start = clock - timedelta(hours=50)
    finished_start = live_start - timedelta(days=34)
    return (
        Drop(
            number=1,
            drop_id=f"{_local_date(finished_start)}-lantern-evenings",
            name="Lantern evenings",
            starts_at=finished_start,
            holdout_rate=Decimal("0.10"),
            taper_hours=0,
            skus=(
                DropSku(
                    sku="LQ-LAN-201",
                    gtin=gtin_of(201),
                    title="Paper lantern, hand-folded",
                    list_price=Decimal("24.00"),
                    low_price=Decimal("21.00"),
                    high_price=Decimal("27.00"),
                    unit_cost=Decimal("9.80"),
                    salvage_amount=Decimal("6.80"),
                    min_margin_rate=Decimal("0.20"),
                    forecast_units=300,
                    stock={"LEJ-SUED": 66, "LEJ-PLAG": 72, "LEJ-GOHL": 28, "LEJ-REUD": 34},
                ),
                DropSku(
                    sku="LQ-MUG-202",
                    gtin=gtin_of(202),
                    title="Stoneware mug, ash glaze",
                    list_price=Decimal("32.00"),
                    low_price=Decimal("28.00"),
                    high_price=Decimal("36.00"),
                    unit_cost=Decimal("13.40"),
                    salvage_amount=Decimal("9.40"),
                    min_margin_rate=Decimal("0.20"),
                    forecast_units=220,
                    stock={"LEJ-SUED": 100, "LEJ-PLAG": 120, "LEJ-GOHL": 60, "LEJ-REUD": 70},
                ),
                DropSku(
                    sku="LQ-TEA-203",
                    gtin=gtin_of(203),
                    title="Winter tea tin, plum and clove",
                    list_price=Decimal("16.50"),
                    low_price=Decimal("14.50"),
                    high_price=Decimal("18.50"),
                    unit_cost=Decimal("7.60"),
                    salvage_amount=Decimal("5.30"),
                    min_margin_rate=Decimal("0.18"),
                    forecast_units=260,
                    stock={"LEJ-SUED": 70, "LEJ-PLAG": 80, "LEJ-GOHL": 40, "LEJ-REUD": 40},
                    restocks=(Restock(finished_start + timedelta(hours=28), "LEJ-SUED", 40),),
                ),
            ),
        ),
        Drop(
            number=2,
            drop_id=f"{_local_date(live_start)}-advent-table",
            name="Advent table",
            starts_at=live_start,
            holdout_rate=Decimal("0.10"),
            taper_hours=24,
            skus=(
                DropSku(
                    sku="LQ-WRE-211",
                    gtin=gtin_of(211),
                    title="Dried-flower wreath, 30 cm",
                    list_price=Decimal("39.00"),
                    low_price=Decimal("34.50"),
                    high_price=Decimal("43.50"),
                    unit_cost=Decimal("16.80"),
                    salvage_amount=Decimal("11.80"),
                    min_margin_rate=Decimal("0.20"),
                    forecast_units=150,
                    stock={"LEJ-SUED": 50, "LEJ-PLAG": 60, "LEJ-GOHL": 30, "LEJ-REUD": 40},
                ),
                DropSku(
                    sku="LQ-CND-212",
                    gtin=gtin_of(212),
                    title="Advent candles, set of four",
                    list_price=Decimal("28.00"),
                    low_price=Decimal("24.50"),
                    high_price=Decimal("31.50"),
                    # Dear enough that the margin floor closes the low band on the marketplace.
                    unit_cost=Decimal("13.60"),
                    salvage_amount=Decimal("9.50"),
                    min_margin_rate=Decimal("0.25"),
                    forecast_units=240,
                    stock={"LEJ-SUED": 50, "LEJ-PLAG": 55, "LEJ-GOHL": 20, "LEJ-REUD": 25},
                    restocks=(Restock(live_start + timedelta(hours=26), "LEJ-PLAG", 30),),
                ),
                DropSku(
                    sku="LQ-ORN-213",
                    gtin=gtin_of(213),
                    title="Glazed stars, box of six",
                    list_price=Decimal("18.50"),
                    low_price=Decimal("16.50"),
                    high_price=Decimal("20.50"),
                    unit_cost=Decimal("7.40"),
                    salvage_amount=Decimal("5.20"),
                    min_margin_rate=Decimal("0.18"),
                    forecast_units=200,
                    stock={"LEJ-SUED": 70, "LEJ-PLAG": 80, "LEJ-GOHL": 40, "LEJ-REUD": 50},
                ),
            ),
        ),
    )


def _local_date(instant: datetime) -> str:
    return instant.astimezone(SHOP_TIMEZONE).date().isoformat()
