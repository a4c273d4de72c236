from __future__ import annotations

import pytest

from pipelines.contracts.digital_link import DigitalLinkError, Label, parse_label


@pytest.mark.parametrize(
    "link",
    [
        "https://shop.example/01/09506000134352/21/BOX-1",
        "https://shop.example/care/01/9506000134352/10/L7/21/BOX-1?linkType=gs1:pip",
        "HTTP://shop.example/01/09506000134352/21/BOX%2D1",
    ],
)
def test_a_label_names_its_product_and_its_box(link: str) -> None:
    assert parse_label(link) == Label(gtin="09506000134352", box_id="BOX-1")


@pytest.mark.parametrize(
    ("link", "rule"),
    [
        ("https://shop.example/01/09506000134353/21/BOX-1", "digital_link_has_a_valid_gtin"),
        ("ftp://shop.example/01/09506000134352/21/BOX-1", "digital_link_is_a_web_address"),
        ("shop.example/01/09506000134352/21/BOX-1", "digital_link_is_a_web_address"),
        ("https://shop.example/01/09506000134352/21/BOX%ZZ1", "digital_link_has_whole_escapes"),
        ("https://shop.example/01/09506000134352/21/%FF", "digital_link_has_whole_escapes"),
        ("https://shop.example/01/09506000134352/21/BOX-1/extra", "digital_link_has_no_trailing_parts"),
        ("https://shop.example/01/09506000134352/21/B/10/L", "digital_link_has_no_trailing_parts"),
        ("https://shop.example/01/09506000134352", "digital_link_names_product_and_box"),
        ("https://shop.example/21/BOX-1", "digital_link_names_product_and_box"),
        ("https://shop.example/01/09506000134352/21/" + "B" * 21, "digital_link_has_a_valid_serial"),
        ("https://shop.example/01/09506000134352/21/BOX 1", "digital_link_is_a_web_address"),
        ("https://shop.example/01/09506000134352/21/BOX%201", "digital_link_has_a_valid_serial"),
        ("https://shop.example/01/09506000134352/21/BOX-1/", "digital_link_has_no_trailing_parts"),
        ("HtTps://shop.example/01/09506000134352/21/BOX-1", "digital_link_is_a_web_address"),
        ("https://shop.example/01/09506000134352?21=BOX-1", "digital_link_has_qualifiers_in_its_path"),
        ("https://shop.example/01/09506000134352/21/B?99=1&99=1", "digital_link_says_each_thing_once"),
        ("https://shop.example/01/09506000134352/21/B?17=261331", "digital_link_has_valid_values"),
        ("https://shop.example/01/09506000134352/21/B?89=1", "digital_link_has_known_identifiers"),
        ("https://shop.example/01/09506000134352/21/\u202e", "digital_link_is_a_web_address"),
    ],
)
def test_b20_a_bad_link_is_refused_by_its_rule(link: str, rule: str) -> None:
    with pytest.raises(DigitalLinkError) as caught:
        parse_label(link)
    assert caught.value.rule == rule
