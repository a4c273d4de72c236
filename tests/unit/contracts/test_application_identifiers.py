from __future__ import annotations

import pytest

from pipelines.contracts.application_identifiers import breaks_rule, fields_of, identifier_lengths, is_identifier
from pipelines.contracts.compressed_link import CompressionError, decompress
from pipelines.contracts.digital_link import DigitalLinkError, Label, parse_elements, parse_label


@pytest.mark.parametrize(
    ("identifier", "valid", "invalid"),
    [
        ("00", "006141411234567890", "006141411234567891"),
        ("01", "09506000134352", "9506000134352"),
        ("10", "LOT-1/2", "LOT 1"),
        ("17", "261200", "261300"),
        ("253", "1231231231232TEST", "1231231231231"),
        ("401", "1234ABC", "12A4ABC"),
        ("4307", "DE", "de"),
        ("4309", "18000000003600000000", "18000000013600000000"),
        ("4321", "1", "2"),
        ("4330", "000100-", "000100+"),
        ("7003", "2611272359", "2611272400"),
        ("8007", "GB82WEST12345698765432", "GB82WEST12345698765433"),
        ("8011", "1", "01"),
        ("8013", "1987654Ad4X4bL5ttr2310c2K", "1987654Ad4X4bL5ttr2310cXK"),
    ],
)
def test_a_value_keeps_the_rules_of_its_identifier(identifier: str, valid: str, invalid: str) -> None:
    assert breaks_rule(identifier, valid) is None
    assert breaks_rule(identifier, invalid) is not None


def test_identifiers_with_the_same_first_two_digits_have_one_length() -> None:
    for start in range(100):
        assert len(identifier_lengths(f"{start:02d}")) <= 1
    assert is_identifier("3103")
    assert not is_identifier("89")
    assert fields_of("89") == ()


@pytest.mark.parametrize("text", ["", "abc", "EEarwS", "zzzzzzzzzz", "EEarw SM", "gAYMBI_bNGwJkAAAAAAAAA"])
def test_a_text_that_was_not_packed_is_refused(text: str) -> None:
    with pytest.raises(CompressionError):
        decompress(text)


def test_a_packed_label_says_the_same_as_a_plain_one() -> None:
    label = Label(gtin="05412345000013", box_id="72292641703")
    assert parse_label("https://id.gs1.org/01/05412345000013/21/72292641703") == label
    assert parse_label("https://id.gs1.org/01/05412345000013/IQuGp9FdO") == label
    assert parse_label("https://id.gs1.org/AQnYUc1gmkIXDU-iun") == label


def test_a_packed_part_may_not_repeat_or_replace_what_is_plain() -> None:
    with pytest.raises(DigitalLinkError):
        parse_elements("https://id.gs1.org/01/05412345000013/21/1/IQuGp9FdO")
