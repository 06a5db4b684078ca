from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from servicedesk.redaction import redact
from tests.growth import grows_linearly

# Numbers are synthetic: right check digits, nobody's.
SECRETS = [
    # passwords after a cue
    ("passordet mitt er Sommer2026!", "Sommer2026!", "password"),
    ("mitt passord: fiskekake", "fiskekake", "password"),
    ("passordet til outlook på telefonen er Vinter-2026", "Vinter-2026", "password"),
    ("passordet mitt er brunost", "brunost", "password"),
    ("passordet mitt er låve traktor måne gris", "låve traktor måne gris", "password"),
    ("eg har passordet Fjelltur88 på pc-en", "Fjelltur88", "password"),
    ("mitt lösenord är hund-katt77, funkar inte", "hund-katt77", "password"),
    ("lösenordet: kanelbulle", "kanelbulle", "password"),
    ("jag bytte lösenord till Midsommar#26", "Midsommar#26", "password"),
    ('Mein Passwort lautet "geheim und so"', "geheim und so", "password"),
    ("Kennwort: Brezel-4711", "Brezel-4711", "password"),
    ("Ich habe mein Passwort auf Herbst2026! geändert", "Herbst2026!", "password"),
    ("my password is hunter2 please help", "hunter2", "password"),
    ("password=hunter2", "hunter2", "password"),
    ("my password's hunter2", "hunter2", "password"),
    ("pw hunter2", "hunter2", "password"),
    ("Sommer2026! is my password", "Sommer2026!", "password"),
    ("prøvde Sommer2026! som passord", "Sommer2026!", "password"),
    ("my password is «horse battery»", "horse battery", "password"),
    ("Password:\nWinter2026!", "Winter2026!", "password"),
    ("my password is Teams2026!", "Teams2026!", "password"),
    # a user name between the cue and the password
    ("passord kari.nordmann Sol-og-regn-1234", "Sol-og-regn-1234", "password"),
    ("passord: kari.nordmann / Sol-og-regn-1234", "Sol-og-regn-1234", "password"),
    ("lösenord maja.ekholm@nordlys.example Regn#Sol12", "Regn#Sol12", "password"),
    ("lösenordet för maja.ekholm är Regn#Sol12", "Regn#Sol12", "password"),
    ("Passwort NORDLYS\\lena.schmidt Sonne_77", "Sonne_77", "password"),
    ("Kennwort für lena.schmidt: Sonne_77!", "Sonne_77!", "password"),
    ("password emily.clarke and Rain&Shine9", "Rain&Shine9", "password"),
    ("login emily.clarke password Rain&Shine9", "Rain&Shine9", "password"),
    # cue misspelt
    ("mitt pasord er Sommer2026", "Sommer2026", "password"),
    ("my pasword: sunshine", "sunshine", "password"),
    ("mein Passwrot ist Sonnenblume7", "Sonnenblume7", "password"),
    ("mitt löesnord är Midsommar26", "Midsommar26", "password"),
    # split, full-width, with an invisible character in the cue
    ("password is Som mer2026!", "mer2026!", "password"),
    ("password is Ｗｉｎｔｅｒ２０２６", "Ｗｉｎｔｅｒ２０２６", "password"),
    ("pass\u200bword is hunter2", "hunter2", "password"),
    # alone
    ("Sommer2026!", "Sommer2026!", "password"),
    # codes
    ("koden er 123 456", "123 456", "code"),
    ("my code is １２３４５６", "１２３４５６", "code"),
    ("koden är 1 2 3 4 5 6", "1 2 3 4 5 6", "code"),
    ("der Code lautet 123-456", "123-456", "code"),
    ("sms-koden: 48151623", "48151623", "code"),
    ("PIN-en min er 4812", "4812", "code"),
    ("kode på sms 482913", "482913", "code"),
    ("koden jeg fikk på SMS nå: 482 913", "482 913", "code"),
    ("koden som kom fra appen er 482913", "482913", "code"),
    ("kod via sms 482913", "482913", "code"),
    ("koden jag fick i appen är 482913", "482913", "code"),
    ("Code per SMS 482913", "482913", "code"),
    ("der Code, den ich per SMS bekommen habe, ist 482913", "482913", "code"),
    ("code by text 482913", "482913", "code"),
    ("the code I got from the app is 482 913", "482 913", "code"),
    ("en to tre fire fem seks", "en to tre fire fem seks", "code"),
    ("it says one two three four five six", "one two three four five six", "code"),
    ("ett två tre fyra fem sex", "ett två tre fyra fem sex", "code"),
    ("eins zwei drei vier fünf sechs", "eins zwei drei vier fünf sechs", "code"),
    ("482913", "482913", "code"),
    ("recovery codes: 8f3k-22lq 9d0x-71aa", "9d0x-71aa", "code"),
    # persons
    ("jeg er 01815000036", "01815000036", "personal number"),
    ("D-nummeret er 418150 00210", "418150 00210", "personal number"),
    ("født 017550 00058", "017550 00058", "personal number"),
    ("fødselsnummer 010190 12345", "010190 12345", "personal number"),
    ("personnummer 880320-0016", "880320-0016", "personal number"),
    ("19880320-0016", "19880320-0016", "personal number"),
    ("samordningsnummer 880380-0015", "880380-0015", "personal number"),
    ("Steuer-ID 36 574 261 809", "36 574 261 809", "personal number"),
    ("meine Nummer 36574261809", "36574261809", "personal number"),
    ("SV-Nummer 65 180539 W 001", "65 180539 W 001", "personal number"),
    ("Personalausweis L01X00T471", "L01X00T471", "personal number"),
    # money
    ("card 4111 1111 1111 1111", "4111 1111 1111 1111", "card"),
    ("amex 378282246310005 thanks", "378282246310005", "card"),
    ("konto NO93 8601 1117 947 er min", "NO93 8601 1117 947", "card"),
    ("DE89370400440532013000", "DE89370400440532013000", "card"),
    ("SE45 5000 0000 0583 9825 7466", "5839825", "card"),
    # machines
    ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", "c2lnbmF0dXJl", "token"),
    ("-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----", "MIIEow", "token"),
    ("-----BEGIN PRIVATE KEY-----\nMIIEow", "MIIEow", "token"),
    ("AKIA" + "IOSFODNN7EXAMPLE", "IOSFODNN7EXAMPLE", "token"),
    ("xoxb-" + "123456789012-abcdefghij", "abcdefghij", "token"),
    ("ghp_" + "a" * 36, "a" * 36, "token"),
    ("https://kari:hemme@lig@intra.example/x", "hemme@lig", "password"),
    ("https://intra.example/?a=1&access_token=abc123def", "abc123def", "token"),
    ("Authorization: Bearer abcdefghijklmnop1234", "abcdefghijklmnop1234", "token"),
    ("482913-112233-445566-778899-101112-131415-161718-192021", "445566", "token"),
    ("otpauth://totp/x?secret=JBSWY3DPEHPK3PXP", "JBSWY3DPEHPK3PXP", "token"),
    ("WIFI:T:WPA;S:Hjemme;P:brunost99;;", "brunost99", "token"),
    ("wifi-nøkkelen er brunost99", "brunost99", "token"),
    ("WLAN-Schlüssel: brezel4711", "brezel4711", "token"),
    ("Server=db;Pwd=Sommer2026;", "Sommer2026", "password"),
    ("jeg skanner inn passordet mitt, BX+7702", "BX+7702", "password"),
    ("jag loggar in på skannern med BX+7702", "BX+7702", "password"),
    ("jeg har skrevet passordet her: Kastanje", "Kastanje", "password"),
    ("VK7JG-NPHTM-C97JM-9MPGT-3V66T", "9MPGT", "token"),
]

KEPT = [
    "INC0012345 og T0-7KQ2M og REQ0010002",
    "feilkode 0x80070005, error 403, felkod 1603, Fehlercode 691",
    "error code 160345 and exit code 1603",
    "KB5034441 failed on Windows 11 23H2, version 10.0.19045.3803",
    "meeting on 2026-11-02 at 09:30, or 02.11.2026",
    "from 10.0.0.12 and fe80::1, mac 00:1A:2B:3C:4D:5E",
    "printer PRN-OSL-04 in room 4.12",
    "IMEI 490154203237518",
    "Passwortmanager funktioniert nicht",
    "hvor langt må passordet være",
    "how often must I change my password",
    "my password has expired",
    "my password is expired and I cannot log in",
    "passordet mitt er utløpt",
    "passordet er feil, hva gjør jeg",
    "lösenordet är fel men jag kommer inte in",
    "mitt lösenord har gått ut",
    "mein Passwort ist abgelaufen und ich komme nicht rein",
    "Ich habe mein Kennwort vergessen",
    "Passwort zurücksetzen",
    "forgot password",
    "my password's fine, but I can't find the password manager",
    "reset my password please",
    "the password field says \"Passordet er feil\"",
    "I sent it to kari.nordmann@nordlys.example",
    "https://intra.example/articles/nb/vpn-connect?lang=nb",
    "see the [password rules](password-policy.md)",
    "Ihr Passwort ist **abgelaufen**.",
    "my passport is in the safe",
    "call 21 00 10 10 or +47 21 00 10 10",
    "jag behöver nytt lösenord, jag är på kundbesök",
    "jag behöver nytt lösenord jag är på kundbesök",
    "jeg trenger nytt passord, jeg er på kundemøte i Bergen",
    "ich brauche ein neues Passwort, ich war im Urlaub",
    "I need a new password, I was on parental leave",
    "need a new password, this is urgent",
    "passordet til kari.nordmann virker ikke",
    "Passwort für lena.schmidt zurücksetzen",
    "the code in the window is 0x80070005",
    "Fehlercode im Fenster 160345",
    "error code from the app 160345",
    "håndskanneren leser BX-7702 som BX+7702",
    "streckkodsläsaren ger BX+7702 i stället för BX-7702",
    "am Barcodescanner wird aus BX-7702 immer BX+7702",
    "the label says BX-7702, the scanner makes it BX+7702",
    "jeg har skrevet det alt: Ingrid Moen, lageret i Molde",
    "jag har redan skrivit det: Ingrid Berg, lagret i Lund",
    "Office365", "Teams2024", "T0-7KQ2M", "1603", "2026-11-02", "hei",
    "skrev ju: januari, Petra Lund, 5120", "skrev jo allerede: mandag, Kari",
    "das hab ich doch schon geschrieben: Montag, 4711",
]  # fmt: skip


@pytest.mark.parametrize(("text", "secret", "kind"), SECRETS)
def test_secrets_go(text: str, secret: str, kind: str) -> None:
    """D3: what must be caught, in five languages."""
    redacted = redact(text)
    assert secret not in redacted.text
    assert kind in redacted.found
    assert f"[{kind}]" in redacted.text


@pytest.mark.parametrize("text", KEPT)
def test_what_a_ticket_needs_stays(text: str) -> None:
    """D3: what must be kept."""
    assert redact(text).text == text
    assert redact(text).found == ()


@pytest.mark.parametrize("text", [text for text, _, _ in SECRETS])
def test_redacting_twice_changes_nothing(text: str) -> None:
    once = redact(text)
    assert redact(once.text).text == once.text
    assert redact(once.text).found == ()


def test_the_words_around_a_secret_stay() -> None:
    text = "VPN faller ut (INC0012345). Passordet mitt er Sommer2026! og det virker ikke"
    assert redact(text).text == (
        "VPN faller ut (INC0012345). Passordet mitt er [password] og det virker ikke"
    )


def test_several_secrets_go_each_under_its_kind() -> None:
    redacted = redact("password: hunter2, card 4111111111111111, code 123456")
    assert redacted.text == "password: [password], card [card], code [code]"
    assert redacted.found == ("password", "card", "code")
    assert redacted.password


def test_a_word_after_a_prompt_is_a_password() -> None:
    """D3: alone after a prompt."""
    assert redact("fiskekake").found == ()
    assert redact("fiskekake", after_prompt=True).text == "[password]"
    assert redact("nei", after_prompt=True).text == "nei"
    assert redact("INC0012345", after_prompt=True).text == "INC0012345"


def test_wrong_check_digits_are_no_personal_number() -> None:
    assert redact("ordre 01815000037").found == ()
    assert redact("card 4111 1111 1111 1112").found == ()
    assert redact("NO93 8601 1117 948").found == ()


# One letter makes each of these run hot in a pattern that backtracks.
HOT = [
    "a" * 50_000,
    "password " * 5_555,
    "passwortx is " * 3_846,
    "pawsrd pqasord lxsenord " * 2_083,
    "NO12 " * 10_000,
    "1 " * 25_000,
    "1-" * 25_000,
    "0123456789 " * 4_545,
    "eyJ-" * 12_500,
    "p@" * 25_000,
    "://a:" * 10_000,
    "?a=" * 16_666,
    "code " * 10_000,
    "en to " * 8_333,
    "-----BEGIN PRIVATE KEY-----" * 1_851,
    "'\"«" * 16_666,
    " " * 50_000,
    "password" + " " * 49_992,
    "passord " + "a " * 25_000,
    "\n" * 50_000,
]


@pytest.mark.parametrize("text", HOT, ids=lambda text: repr(text[:14]))
def test_fifty_thousand_characters_cost_in_proportion(text: str) -> None:
    """S9: linear patterns."""
    assert grows_linearly(redact, text)


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=300))
def test_any_text_can_be_redacted(text: str) -> None:
    """S9: no error, and nothing more to find the second time."""
    once = redact(text)
    assert redact(once.text).text == once.text


@settings(max_examples=100, deadline=None)
@given(
    cue=st.sampled_from(["passordet mitt er ", "lösenord: ", "Passwort lautet ", "my password is "]),
    secret=st.from_regex(r"[A-Z][a-z]{4,9}[0-9]{2,4}[!#%&?]", fullmatch=True),
)
def test_a_usual_password_after_a_cue_never_stays(cue: str, secret: str) -> None:
    """D3."""
    assert secret not in redact(f"hei, {cue}{secret} hilsen Kari").text
