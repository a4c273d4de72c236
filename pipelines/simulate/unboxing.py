"""What buyers, passers-by and robots do with a box's label and with the shop's posts: rows of the scans feed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from pipelines.simulate.catalogue import LABEL_DOMAIN, Drop
from pipelines.simulate.feeds import Row, text_of_instant
from pipelines.simulate.parcels import Parcel

_SCANNED_RATE = 0.36
_SCANNED_AGAIN_RATE = 0.30
_SECOND_READER_RATE = 0.18
_SHARED_RATE = 0.07
_BOT_RATE = 0.02
_EARLY_RATE = 0.015
# Some readers send the box's number beside its link.
_NAMED_TWICE_RATE = 0.2

_PHONES = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 15; Pixel 8) AppleWebKit/537.36 Chrome/141.0.0.0 Mobile Safari/537.36",
)
_BOTS = ("facebookexternalhit/1.1", "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)")
_PLATFORMS = ("instagram", "tiktok", "pinterest", "mastodon")

# A counter of a post is read every six hours for six days.
_POST_READINGS = 24
_POST_READING_HOURS = 6


@dataclass(frozen=True)
class _Moment:
    """Somebody or something at a box's label; robots and the packer bear no visitor."""

    kind: str
    at: datetime
    user_agent: str
    visitor_id: str = ""


def scan_rows(parcel: Parcel, rng: np.random.Generator) -> Iterator[Row]:
    """Scans and shares of a delivered box: buyers, a friend, repeats within minutes, robots, and the packer's test."""
    delivered_at = parcel.first("delivered")
    marks = rng.random(6)
    if delivered_at is None or parcel.box_id is None:
        return
    number = parcel.sale.number
    opened_at = delivered_at + timedelta(seconds=int(rng.gamma(1.3, 10.0) * 3600) + 120)
    buyer, friend = f"v{900000 + number}a", f"v{900000 + number}b"
    moments: list[_Moment] = []
    if marks[0] < _SCANNED_RATE:
        moments.append(_Moment("scan", opened_at, _phone(rng), buyer))
        if marks[1] < _SCANNED_AGAIN_RATE:
            moments.append(_Moment("scan", opened_at + timedelta(minutes=int(rng.integers(1, 25))), _phone(rng), buyer))
        if marks[2] < _SECOND_READER_RATE:
            friend_at = opened_at + timedelta(minutes=int(rng.integers(40, 5000)))
            moments.append(_Moment("scan", friend_at, _phone(rng), friend))
    if marks[3] < _SHARED_RATE:
        moments.append(_Moment("share", opened_at + timedelta(hours=int(rng.integers(1, 48))), ""))
    if marks[4] < _BOT_RATE:
        moments.append(_Moment("scan", opened_at + timedelta(hours=1), str(rng.choice(_BOTS))))
    if marks[5] < _EARLY_RATE:
        moments.append(_Moment("scan", parcel.sale.ordered_at + timedelta(minutes=20), _phone(rng)))
    for place, moment in enumerate(moments, start=1):
        yield _box_row(parcel, f"SC{number:06d}-{place}", moment, rng)


def post_rows(drop: Drop, rng: np.random.Generator) -> Iterator[Row]:
    """The share counters of the shop's two posts about a drop, read again and again; one of them is reset once."""
    for post in range(2):
        platform, reach = _PLATFORMS[post], rng.uniform(14.0, 30.0)
        reset = int(rng.integers(8, 14)) if post == 1 else _POST_READINGS
        count = 0
        for reading in range(_POST_READINGS):
            at = drop.starts_at + timedelta(hours=reading * _POST_READING_HOURS, minutes=7)
            count = 0 if reading == reset else count
            count += int(rng.poisson(reach * 0.22 * 0.8**reading))
            fields = {
                "scan_id": f"{drop.drop_id}-post{post + 1}-{reading:02d}",
                "kind": "share_count",
                "scanned_at": text_of_instant(at),
                "drop_id": drop.drop_id,
                "post_id": f"{platform}-{drop.number}{post + 1}",
                "share_count": count,
                "platform": platform,
            }
            yield Row("scans", at, fields)


def _box_row(parcel: Parcel, scan_id: str, moment: _Moment, rng: np.random.Generator) -> Row:
    fields: dict[str, object] = {"scan_id": scan_id, "kind": moment.kind, "scanned_at": text_of_instant(moment.at)}
    if moment.kind == "share":
        named: Sequence[tuple[str, object]] = (("box_id", parcel.box_id), ("order_id", parcel.sale.order_id))
        fields |= [named[int(rng.integers(2))], ("platform", str(rng.choice(_PLATFORMS)))]
        return Row("scans", moment.at, fields)
    fields["digital_link"] = f"{LABEL_DOMAIN}/01/{parcel.sale.lines[0].gtin}/21/{parcel.box_id}"
    if rng.random() < _NAMED_TWICE_RATE:
        fields["box_id"] = parcel.box_id
    if moment.visitor_id:
        fields["visitor_id"] = moment.visitor_id
    fields["user_agent"] = moment.user_agent
    return Row("scans", moment.at, fields)


def _phone(rng: np.random.Generator) -> str:
    return _PHONES[int(rng.integers(len(_PHONES)))]
