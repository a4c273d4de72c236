"""GS1's application identifiers: what each may hold, after the GS1 General Specifications (release 24) section 3.

Which identifiers belong together on one item (a count with its content, a price with its product) is left out: GS1 has
that judged over all the marks of the item, and a link is one of them. Lists of other bodies (countries, currencies) are
taken for their shape.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache

from pipelines.contracts.drop_plan import gtin_check_digit

# Set 82 of the General Specifications (figure 7.11-1), in its order, and set 39 within it (figure 7.11-2).
CHARACTERS_82 = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
_SETS = {"N": "0-9", "X": re.escape(CHARACTERS_82), "Y": r"#\-/0-9A-Z", "Z": r"A-Za-z0-9_=\-"}

# Identifiers (one, or a range) and their fields: the set of characters, how many, and rules behind colons; a field in
# brackets may be absent. `N1-8` is one to eight digits.
_TABLE = """
00 N18:check_digit
01 02 N14:check_digit
10 21 22 X1-20
11-13 15-17 N6:date
20 N2
235 X1-28
240 241 X1-30
242 N1-6
243 X1-20
250 251 X1-30
253 N13:check_digit [X1-17]
254 X1-20
255 N13:check_digit [N1-12]
30 37 N1-8
3100-3105 3110-3115 3120-3125 3130-3135 3140-3145 3150-3155 3160-3165 N6
3200-3205 3210-3215 3220-3225 3230-3235 3240-3245 3250-3255 3260-3265 3270-3275 3280-3285 3290-3295 N6
3300-3305 3310-3315 3320-3325 3330-3335 3340-3345 3350-3355 3360-3365 3370-3375 N6
3400-3405 3410-3415 3420-3425 3430-3435 3440-3445 3450-3455 3460-3465 3470-3475 3480-3485 3490-3495 N6
3500-3505 3510-3515 3520-3525 3530-3535 3540-3545 3550-3555 3560-3565 3570-3575 N6
3600-3605 3610-3615 3620-3625 3630-3635 3640-3645 3650-3655 3660-3665 3670-3675 3680-3685 3690-3695 N6
3900-3909 3920-3929 N1-15
3910-3919 3930-3939 N3 N1-15
3940-3943 N4
3950-3955 N6
400 403 X1-30
401 X1-30:company_prefix
402 N17:check_digit
410-417 N13:check_digit
420 X1-20
421 N3 X1-9
422 424 426 N3
423 425 N3-15:countries
427 X1-3
4300 4301 4310 4311 4320 X1-35:escapes
4302-4306 4312-4316 X1-70:escapes
4307 4317 X2:country
4308 4319 X1-30
4318 X1-20
4309 N10:latitude N10:longitude
4321-4323 N1:yes_or_no
4324 4325 N6:date N4:time
4326 N6:whole_date
4330-4333 N6 [X1:minus_sign]
7001 N13
7002 X1-30
7003 N6:whole_date N4:time
7004 N1-4
7005 X1-12
7006 N6:whole_date
7007 N6:whole_date [N6:whole_date]
7008 X1-3
7009 X1-10
7010 X1-2
7011 N6:whole_date [N4:time]
7020-7022 X1-20
7023 X1-30:company_prefix
7030-7039 N3 X1-27
7040 N1 X3:importer_index
710-717 X1-20
7230-7239 X2 X1-28
7240 X1-20
7241 N2
7242 X1-25
7250 N8
7251 N12
7252 N1
7253-7256 X1-40:escapes
7257 X1-70:escapes
7258 X3
7259 X1-40:escapes
8001 N4:not_zero N5:not_zero N3:not_zero N1:winding N1
8002 X1-20
8003 N1:zero N13:check_digit [X1-16]
8004 X1-30:company_prefix
8005 N6
8006 8026 N14:check_digit N4:piece_number
8007 X1-34:iban
8008 N8:hour [N2-4]
8009 X1-50
8010 Y1-30:company_prefix
8011 N1-12:no_leading_zero
8012 X1-20
8013 X1-25:check_pair
8014 X1-25:check_pair
8017 8018 N18:check_digit
8019 N1-10
8020 X1-25
8030 Z1-90
8110 8112 8200 X1-70
8111 N4
90 X1-30
91-99 X1-90
"""


def breaks_rule(identifier: str, value: str) -> str | None:
    """What the value of an application identifier is expected to be, if it is not that; None when it is valid.

    Args:
        identifier: The identifier, 2 to 4 digits.
        value: Its value, escapes resolved.
    """
    form = _forms().get(identifier)
    if form is None:
        return f"identifiers that GS1 has given out, not ({identifier})"
    found = form.pattern.fullmatch(value)
    if found is None:
        return f"({identifier}) as {form.written}"
    for part, field in zip(found.groups(), form.fields, strict=True):
        for rule in field.rules:
            if part and not _RULES[rule](part):
                return f"({identifier}) with a valid {rule.replace('_', ' ')}"
    return None


def is_identifier(identifier: str) -> bool:
    """Whether this is an application identifier."""
    return identifier in _forms()


def fields_of(identifier: str) -> tuple[Field, ...]:
    """The fields of an application identifier's value; none of one that GS1 has not given out."""
    form = _forms().get(identifier)
    return () if form is None else form.fields


@cache
def identifier_lengths(start: str) -> frozenset[int]:
    """The lengths of the identifiers with these first two digits: GS1 gives them all one (figure 7.8.5-2)."""
    return frozenset(len(identifier) for identifier in _forms() if identifier.startswith(start))


@dataclass(frozen=True)
class Field:
    """A part of a value: which characters, how many, and what else must hold of it."""

    characters: str
    least: int
    most: int
    rules: tuple[str, ...]
    is_optional: bool

    @property
    def is_digits(self) -> bool:
        """Whether it holds digits alone."""
        return self.characters == _SETS["N"]


@dataclass(frozen=True)
class _Form:
    """What a value must look like."""

    pattern: re.Pattern[str]
    written: str
    fields: tuple[Field, ...]


@cache
def _forms() -> dict[str, _Form]:
    forms = {}
    for line in _TABLE.split("\n"):
        words = line.split()
        fields = [word for word in words if word.strip("[")[:1].isalpha()]
        form = _form(fields)
        for word in words[: len(words) - len(fields)]:
            first, _, last = word.partition("-")
            for number in range(int(first), int(last or first) + 1):
                forms[f"{number:0{len(first)}d}"] = form
    return forms


def _form(words: list[str]) -> _Form:
    fields = tuple(map(_field, words))
    pattern = "".join(
        f"([{field.characters}]{{{field.least},{field.most}}}){'?' * field.is_optional}" for field in fields
    )
    written = " and ".join(
        f"{field.least}{f' to {field.most}' * (field.most > field.least)} "
        f"{'digits' if field.is_digits else 'characters'}{' or none' * field.is_optional}"
        for field in fields
    )
    return _Form(re.compile(pattern, re.ASCII), written, fields)


def _field(word: str) -> Field:
    shape, *rules = word.strip("[]").split(":")
    least, _, most = shape[1:].partition("-")
    return Field(_SETS[shape[0]], int(least), int(most or least), tuple(rules), word.startswith("["))


def _has_check_digit(digits: str) -> bool:
    return gtin_check_digit(digits[:-1]) == digits[-1]


# The first primes, one for each character before the check pair of a model number, the last of them first.
_PRIMES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83)
_CHARACTERS_32 = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_MODULUS = 1021
_SHORTEST_MODEL = 6


def _has_check_pair(text: str) -> bool:
    """GS1 General Specifications, section 7.9.5: two characters over all before them, by primes modulo 1021."""
    if len(text) < _SHORTEST_MODEL:
        return False
    weighted = sum(CHARACTERS_82.index(one) * prime for one, prime in zip(reversed(text[:-2]), _PRIMES, strict=False))
    high, low = divmod(weighted % _MODULUS, len(_CHARACTERS_32))
    return text[-2:] == _CHARACTERS_32[high] + _CHARACTERS_32[low]


def _is_day(digits: str, *, is_whole: bool) -> bool:
    """YYMMDD; where it need not be whole, day 00 stands for the month's end. The century does not matter here."""
    day = digits[4:6]
    try:
        date(2000 + int(digits[:2]), int(digits[2:4]), 1 if day == "00" and not is_whole else int(day))
    except ValueError:
        return False
    return True


def _is_time(digits: str) -> bool:
    return digits[:2] < "24" and digits[2:4] < "60"


def _is_iban(text: str) -> bool:
    moved = text[4:] + text[:4]
    if not re.fullmatch(r"[0-9A-Z]{5,}", moved, re.ASCII):
        return False
    return int("".join(str(int(one, 36)) for one in moved)) % 97 == 1


_RULES: dict[str, Callable[[str], bool]] = {
    "check_digit": _has_check_digit,
    "check_pair": _has_check_pair,
    "company_prefix": lambda text: re.match(r"[0-9]{4}", text) is not None,
    "date": lambda digits: _is_day(digits, is_whole=False),
    "whole_date": lambda digits: _is_day(digits, is_whole=True),
    "hour": lambda digits: _is_day(digits, is_whole=True) and digits[6:8] < "24",
    "time": _is_time,
    "countries": lambda digits: len(digits) % 3 == 0,
    "country": lambda text: text.isalpha() and text.isupper(),
    "escapes": lambda text: re.fullmatch(r"([^%]|%[0-9A-Fa-f]{2})*", text) is not None,
    "latitude": lambda digits: int(digits) <= 180 * 10**7,
    "longitude": lambda digits: int(digits) <= 360 * 10**7,
    "yes_or_no": lambda digit: digit in "01",
    "minus_sign": lambda text: text == "-",
    "importer_index": lambda text: re.fullmatch(r"[A-Za-z0-9_-]{3}", text) is not None,
    "not_zero": lambda digits: int(digits) > 0,
    "winding": lambda digit: digit in "019",
    "zero": lambda digit: digit == "0",
    # That a piece is at most its total is left out: published vectors of links have pieces beyond it.
    "piece_number": lambda digits: int(digits[:2]) > 0 and int(digits[2:]) > 0,
    "iban": _is_iban,
    "no_leading_zero": lambda digits: not digits.startswith("0"),
}
