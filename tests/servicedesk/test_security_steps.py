import pytest

from servicedesk.security_steps import first_steps


@pytest.mark.parametrize(
    ("words", "steps"),
    [
        ("noen har stjålet pc-en min på toget", "lost_device"),
        ("jag har tappat min jobbmobil", "lost_device"),
        ("nån har snott min laptop på tåget!!", "lost_device"),
        ("hab auf einen komischen Link geklickt", "phishing"),
        ("I opened an attachment that looked off", "phishing"),
        ("får godkjenningsforespørsler i authenticator jeg ikke har bedt om", "account"),
        ("alle Dateien sind plötzlich verschlüsselt", "malware"),
        ("jeg sendte fakturaen til feil kunde", "data_breach"),
        ("jag skickade avtalet till fel Anna", "data_breach"),
        ("ich habe den Vertrag an die falsche Anna geschickt", "data_breach"),
        ("I emailed the contract to the wrong Anna", "data_breach"),
        ("I typed my password into the wrong page", "account"),
        ("det skjer noe rart med maskinen", "general"),
        ("", "general"),
    ],
)
def test_first_steps_follow_the_words_of_the_report(words, steps):
    assert first_steps(words) == steps
