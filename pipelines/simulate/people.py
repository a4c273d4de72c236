"""The shop's invented buyers: who they are, where their door is, and what of it an order shows.

A person is a function of the seed and their number, so the same number is the same person in every order.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from pipelines.simulate.catalogue import HUBS, Hub

_EARTH_RADIUS_KM = 6371.0088

_FIRST_NAMES = (
    *("mara", "jonas", "lene", "paul", "ida", "anton", "frieda", "emil", "greta", "oskar", "nele"),
    *("theo", "clara", "henri", "mila", "karl", "alma", "bruno", "rosa", "fritz", "elif", "can"),
    *("aylin", "deniz", "zofia", "marek", "hana", "tomas", "linh", "minh", "amira", "yusuf"),
)
_LAST_NAMES = (
    *("lindner", "brandt", "kessler", "vogt", "seidel", "arnold", "hartwig", "winkler", "lorenz", "ritter", "pohl"),
    *("engel", "haase", "sommer", "voigt", "thiele", "busch", "krause", "bergmann", "schilling", "demir", "kaya"),
    *("nowak", "wisniewski", "novak", "svoboda", "nguyen", "tran", "haddad", "rahmani"),
)
_CONSENT_RATE = 0.55
_MAIL_DOMAINS = ("example.com", "example.org", "example.net")


@dataclass(frozen=True)
class Place:
    """A town or district where doors are, spread normally around its centre."""

    latitude: float
    longitude: float
    spread_km: float
    postcode: str
    country_code: str
    weight: float


_CITY_PLACES = (
    Place(51.3228, 12.3735, 1.0, "04275", "DE", 20),
    Place(51.3271, 12.3338, 1.1, "04229", "DE", 20),
    Place(51.3603, 12.3661, 1.2, "04155", "DE", 13),
    Place(51.3364, 12.4043, 1.2, "04317", "DE", 13),
    Place(51.3406, 12.3747, 0.8, "04109", "DE", 10),
    Place(51.3170, 12.2890, 2.0, "04207", "DE", 7),
    Place(51.2770, 12.3830, 1.5, "04416", "DE", 6),
    Place(51.3790, 12.4930, 1.5, "04425", "DE", 5),
    Place(51.3960, 12.2210, 1.5, "04435", "DE", 4),
)
_FAR_PLACES = (
    Place(51.2360, 12.7310, 2.0, "04668", "DE", 4),
    Place(51.4825, 11.9705, 3.0, "06108", "DE", 13),
    Place(51.0504, 13.7373, 4.0, "01099", "DE", 13),
    Place(50.8278, 12.9214, 3.0, "09111", "DE", 7),
    Place(52.5200, 13.4050, 8.0, "10437", "DE", 20),
    Place(50.9787, 11.0328, 3.0, "99084", "DE", 6),
    Place(53.5511, 9.9937, 6.0, "20357", "DE", 9),
    Place(48.1372, 11.5755, 6.0, "80469", "DE", 8),
    Place(50.9375, 6.9603, 6.0, "50674", "DE", 7),
    Place(48.2082, 16.3738, 5.0, "1070", "AT", 5),
    Place(52.3676, 4.9041, 4.0, "1016", "NL", 4),
    Place(48.8566, 2.3522, 4.0, "75011", "FR", 3),
)


@dataclass(frozen=True)
class Person:
    """Somebody who buys: how each channel knows them, and their door."""

    number: int
    email: str
    has_consent: bool
    is_local: bool
    latitude: float
    longitude: float
    postcode: str
    country_code: str


def draw_person(number: int, local_rate: float, rng: np.random.Generator) -> Person:
    """The person of that number; `local_rate` is the chance that they live in or around Leipzig."""
    is_local = bool(rng.random() < local_rate)
    places = _CITY_PLACES if is_local else _FAR_PLACES
    weights = np.array([place.weight for place in places], dtype=np.float64)
    place = places[int(rng.choice(len(places), p=weights / weights.sum()))]
    north_km, east_km = rng.normal(0.0, place.spread_km, 2)
    latitude = place.latitude + north_km / 111.2
    longitude = place.longitude + east_km / (111.2 * math.cos(math.radians(place.latitude)))
    first, last = _FIRST_NAMES[int(rng.integers(len(_FIRST_NAMES)))], _LAST_NAMES[int(rng.integers(len(_LAST_NAMES)))]
    domain = _MAIL_DOMAINS[int(rng.integers(len(_MAIL_DOMAINS)))]
    return Person(
        number=number,
        email=f"{first}.{last}.{number}@{domain}",
        has_consent=bool(rng.random() < _CONSENT_RATE),
        is_local=is_local,
        latitude=round(latitude, 5),
        longitude=round(longitude, 5),
        postcode=place.postcode,
        country_code=place.country_code,
    )


def distance_km(latitude: float, longitude: float, hub: Hub) -> float:
    """Great-circle distance from a door to a hub."""
    phi, hub_phi = math.radians(latitude), math.radians(hub.latitude)
    half_phi = (hub_phi - phi) / 2
    half_lambda = math.radians(hub.longitude - longitude) / 2
    chord = math.sin(half_phi) ** 2 + math.cos(phi) * math.cos(hub_phi) * math.sin(half_lambda) ** 2
    return 2 * _EARTH_RADIUS_KM * math.asin(math.sqrt(min(1.0, chord)))


def hubs_by_distance(person: Person) -> list[Hub]:
    """All hubs, the person's nearest first."""
    return sorted(HUBS, key=lambda hub: distance_km(person.latitude, person.longitude, hub))
