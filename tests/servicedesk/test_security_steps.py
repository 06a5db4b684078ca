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
        ("jeg trykte på godkjenn i authenticator midt på natta", "approved"),
        ("Jag råkade godkänna, alltså tryckte på Godkänn i appen", "approved"),
        ("ich hab die Anmeldung aus Versehen bestätigt, nach einem Klick auf den Link", "approved"),
        ("the phone kept asking and I tapped Approve in the end", "approved"),
        ("I have not approved the sign-in prompt", "account"),
        ("ein Fremder hat ein Kästchen in die Netzwerkdose gesteckt", "plugged_in"),
        ("en kar satte noe i nettverksuttaket på møterommet", "plugged_in"),
        ("vi hittade ett USB-minne och Lisa satte i det", "plugged_in"),
        ("I found a USB stick and plugged it in", "plugged_in"),
        ("I found a USB stick, I haven't plugged it in", "plug_in"),
        ("USB-Stick gefunden, noch nicht eingesteckt", "plug_in"),
        ("", "general"),
    ],
)
def test_first_steps_follow_the_words_of_the_report(words, steps):
    assert first_steps(words) == steps
