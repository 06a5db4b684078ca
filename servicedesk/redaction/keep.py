"""What looks like a password and is none: tickets, errors, articles, versions, dates, addresses, devices, products."""

from __future__ import annotations

import re

_NUMBERED = """
    T INC REQ RITM TASK SCTASK CHG PRB KB CVE CS AADSTS ORA MSI HTTP ERR CAA E S EC PRN PC LAP NB LT
    WS MFP HP PRT PRINTER SKRIVER office microsoft m o windows win server sql visio project word
    excel outlook teams exchange sharepoint adobe acrobat iphone ipad ios macos android galaxy pixel
    surface thinkpad latitude elitebook sap usb hdmi wpa wifi ipv sha mp x f pos h l top web azure
    chrome edge firefox java python auth oauth saml sso"""
_UNITS = "st nd rd th gb mb tb kb ghz mhz min mins h s ms sek sec x er år kr nok eur bit % € $ . :"
_FILES = "com org net no se de uk io eu local exe msi docx? xlsx? pptx? pdf txt png jpe?g log zip"
KEEP = re.compile(
    r"(?i)(?:T0-\w{5}"
    rf"|(?:{'|'.join(_NUMBERED.split())})[-_]?\d[\d.]*(?:\w{{0,2}}|pro|max|plus|mini|ultra)(?:[-_]\w+)*"
    r"|(?:ctrl|strg|alt|shift|skift|umschalt|win|windows|cmd|fn|option|altgr)(?:[+-]\w{1,12}){1,3}|\w{2,20}\+\+|%\w+%\S*|7-?zip|1password"
    r"|0x[0-9a-f]+|v?\d+(?:[.,]\d+)+\w{0,3}"
    r"|\d{4}-\d\d?-\d\d?|\d\d?[./]\d\d?[./]?(?:\d{2,4})?|\d\d?[:.]\d\d(?:[:.]\d\d)?"
    r"|[0-9a-f]{2}(?:[:-][0-9a-f]{2}){5}|\d+(?:\.\d+){3}(?:[/:]\d+)?"
    r"|[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[a-z]{2,12}|https?://\S+"
    rf"|(?:[\w-]+\.)+(?:{'|'.join(_FILES.split())})(?:/\S*)?"
    rf"|\d+(?:{'|'.join(map(re.escape, _UNITS.split()))})"
    r"|\d+-?(?:dager|dagar|tage|days?|tegn|tecken|zeichen|chars?|characters?)"
    r"|(?-i:[A-Z]{2,8}(?:-[A-Z0-9]{1,8}){1,4})|\[[\w ]+\]|\S*\]\(\S*)"
)
