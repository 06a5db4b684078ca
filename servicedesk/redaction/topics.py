"""What a message is about, as far as it tells whether a word in it may be a password: nb, nn, sv, de, en, in lower case."""

from __future__ import annotations

from servicedesk.redaction import words


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


_STEMS = ("passord", "pasord", "passwo", "pasword", "passwr", "passfras", "passphras", "lösen", "losen", "kennw",
          "kenwo", "innloggingsord")  # fmt: skip


def is_password_word(word: str) -> bool:
    """The word alone, misspelt, or as a part of another: "SAP-Passwort", "adminlösenordet"."""
    if word in words.NOT_PASSWORDS or word in ("lösenskjöld",):
        return False
    return word in words.PASSWORDS or any(stem in word for stem in _STEMS) or is_misspelt(word)


def is_misspelt(word: str) -> bool:
    if not 6 <= len(word) <= 14 or word in words.NOT_PASSWORDS or word[0] not in "plk":
        return False
    if "or" not in word and "as" not in word and "en" not in word:
        return False  # one slip leaves one of them standing
    # One letter left out, added, changed or swapped: both lose it and are compared (as SymSpell does).
    return word in _MISSPELT or any(word[:i] + word[i + 1 :] in _MISSPELT for i in range(len(word)))


_MISSPELT = frozenset(
    variant
    for cue in words.PASSWORDS
    if len(cue) >= 7
    for variant in (cue, *(cue[:i] + cue[i + 1 :] for i in range(len(cue))))
)

SIGN_IN = _set(
    """login logins log-in logon log-on logged logging log sign-in signin signed signing sign credentials creds
    authentication unlock unlocks locked lock account username user-name user users keepass bitwarden keychain
    phishing authentication authenticated webmail secret encrypted post-it p.w caps capslock mfa 2fa imap smtp rdp wifi wi-fi wlan eduroam hotspot captcha webmail pin

    logge logger logget logga loggar loggat loggade loggas loggade innlogging innlogginga innlogga innlogget pålogging
    påloggingen pålogginga pålogget påloggingsinfo innloggingsinfo låst låses låse låser låsas utestengt utestengd
    sperret sperra opplåsing bruker brukar brukeren brukaren brukernavn brukarnamn fellesbruker fellesbrukar konto
    kontoen brukerkonto nøkkelring nøkkelringen gjestenett fjernskrivebord epost kryptert autentisering webmailen lappen gullappen hemmelige hemmeligheten
    hemmelegheita løynde
    inlogg inloggen inloggning inloggningen inloggad inloggningsuppgifter utelåst utloggad spärrad användare användaren
    användarnamn kontot låsa upplåsning nyckelring nyckelringen nätfiske fjärrskrivbord gruppinlogg krypterad autentisering webbmejl webbmejlen webbmailen hemliga hemligheten klisterlappen

    anmelden anmeldung anmelde meldet melde angemeldet abgemeldet einloggen eingeloggt logge einlogge zugangsdaten
    logindaten anmeldedaten authentifizierung gesperrt entsperren entsperrt benutzer benutzername benutzernamen konto
    schlüsselbund gäste-wlan funknetz remotedesktop teamlogin verschlüsselt zettel geheime geheimnis aufkleber post-it"""
)
REFUSED = _set(
    """wrong incorrect invalid rejected rejects refused refuses denied accepted accept expired weak common characters policy
    history blocklist complex requirements match fails failed works worked secure strong allowed correct right
    feil ugyldig avvist avviser nektet nekta nekter nektar godtar godtek godtatt godteke utløpt utgått svakt tegn teikn
    regler reglene reglane historikken kravene krava feiler feilar virker verkar virket verka funker sikkert trygt riktig rett
    fel ogiltigt nekas nekar godtas duger utgånget svagt tecken reglerna policyn historiken kraven funkar funkade går starkt
    falsch ungültig abgelehnt lehnt akzeptiert angenommen genommen nimmt abgelaufen schwach zeichen richtlinie verlauf
    anforderungen scheitert geht ging sicher stark richtig stimmt gutes"""
)
# Said of what somebody has just put in, or has chosen.
TYPED = _set(
    """typed type typing enter entered entering enters tried try put wrote chose picked pick set reset changed change gave give
    keep keeping spelled spelt copied copy-pasted saved took take takes taking made suggests fills entry test testing think thinking
    skrev skreiv taster tasta tastet tastar prøvde prøvd prøv valgte valde satte sette sett sett byttet bytte bytta bytt
    endret endra stavet stava kopierte limte lagret lagra tok tar tek laget laga ga gav fyller foreslår føreslår foreslo teste test bytte byte endre setje
    tenker tenkjer
    testade testat satt ändrade stavat kopierade klistrade sparade tog gjorde knappar knappade skrivit byta ändra sätt sätta ställa ställ tas tänkte föreslår återställde
    getippt tippe tippen eingegeben eingebe eingeben gebe probiert versucht nahm genommen gewählt gesetzt geändert ändern
    gewechselt geschrieben kopiert gespeichert gab nimmt nehmen nehme setzen stellen zurückgesetzt nullstilte trägt füllt eingabe testen teste tippt denke"""
)
USED = _set(
    """used use using uses went brukte bruker brukar nyttar nytta brukt bruk använder använde använd använt kör körde hade har
    bruke nytte använda ta nutze benutze benutzt nutzen nutzt verwende verwendet habe hat"""
)
REFUSED_IT = _set(
    """accepted rejected rejects refused refuses blocklist wrong incorrect invalid weak avvist avviser nekta nektet nekter godtatt
    godteke godtar godtek feil ugyldig svakt nekas nekar godtas duger fel ogiltigt svagt abgelehnt lehnt akzeptiert
    angenommen falsch ungültig schwach"""
)
# What follows one of these is where somebody signs in, not with what.
PLACES = _set("into on in at from onto i på til till inn inne inom frå fra från bei an am im ins zu zur zum aus vom von via to")
USER_WORDS = _set(
    """user username user-name users account login kiosk room host server group database service asset device
    bruker brukar brukernavn brukarnamn brukeren brukaren brukernavnet brukarnamnet konto kontoen rom tenar maskin gruppe
    användare användarnamn användaren användarnamnet kontot rum dator grupp
    benutzer benutzername benutzernamen raum rechner gruppe konto"""
)

OLD = _set("old previous gammelt gamle gamalt gammalt gamla alte altes altem alten")
SPACE = _set("space spaces mellomrom mellanslag leerzeichen")
PRONOUNS = _set("jeg eg jag vi ich wir i we alle alla all everyone han hun ho hon dei de å")
POSSESSIVES = _set("my mitt min mi mein meine meinem")
PRODUCTS = _set(
    """windows outlook teams office excel visma altinn workday citrix microsoft apple google adobe zoom slack salesforce bankid
    freja jira confluence github gitlab sharepoint onedrive intranet intranett intranettet dropbox linkedin facebook
    fortnox personio datev elster concur docusign servicenow oracle linux android iphone minside unit4 agresso primula
    problem probleme"""
)
