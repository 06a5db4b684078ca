"""What a message is about, as far as it tells whether a word in it may be a password: nb, nn, sv, de, en, in lower case."""

from __future__ import annotations

import re

from servicedesk.redaction import words


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


_STEMS = ("passord", "pasord", "passw", "pasword", "passwr", "passfras", "passphras", "lösen", "losen", "kennw",
          "kenwo", "innloggingsord")  # fmt: skip
_STEM = re.compile("|".join(_STEMS))


def is_password_word(word: str) -> bool:
    """The word alone, misspelt, or as a part of another: "SAP-Passwort", "adminlösenordet"."""
    if word in words.NOT_PASSWORDS or word in ("lösenskjöld",):
        return False
    return word in words.PASSWORDS or bool(_STEM.search(word)) or is_misspelt(word)


def is_misspelt(word: str) -> bool:
    if not 6 <= len(word) <= 14 or word in words.NOT_PASSWORDS or word[0] not in "plk":
        return False
    if "or" not in word and "as" not in word and "en" not in word:
        return False  # one slip leaves one of them standing
    # One letter left out, added, changed or swapped: both lose it and are compared (as SymSpell does).
    return word in _MISSPELT or any(word[:i] + word[i + 1 :] in _MISSPELT for i in range(len(word)))


def is_participle(word: str, *, weak: bool = False) -> bool:
    """Formed as what has been done to something: "geleakt", "unchanged". `weak`: or as a Norse participle, which may be a
    noun, too ("uendret"), or an adverb ("plutselig")."""
    if len(word) < 6:
        return False
    return bool(_PARTICIPLE.fullmatch(word)) or (weak and bool(_WEAK_PARTICIPLE.fullmatch(word)))


_PARTICIPLE = re.compile(
    r"\w{3,20}[^eru]ed|ge\w{3,20}t|ver\w{2,20}(?:t|en|n|e)|\w{3,20}iert|(?:wieder|zurück)\w{3,20}e?n|"
    r"\w{2,20}[dgt]tatt|(?:un|u|o)\w{4,20}(?:et|at|ed|ert)"
)
_WEAK_PARTICIPLE = re.compile(r"\w{2,20}(?:[^eh]et|att|[bdfgklmnprsvxz]at|ert|ligt?|lich|ly)")

_MISSPELT = frozenset(
    variant
    for cue in words.PASSWORDS
    if len(cue) >= 7
    for variant in (cue, *(cue[:i] + cue[i + 1 :] for i in range(len(cue))))
)

SIGN_IN = _set(
    """login logins log-in logon log-on logged logging log logs sign-in signin signed signing sign
    credentials creds details authentication authenticated auth unlock unlocks unlocked lock locks
    locked account accounts username user-name user users keepass bitwarden keychain 1password lastpass
    laps runas sftp ftp mysql jenkins kiosk phishing phished leak leaked secret encrypted protected
    sticker post-it p.w caps capslock mfa 2fa imap smtp rdp wifi wi-fi wlan eduroam hotspot wireless
    captcha webmail pin hint

    logge logger logget logga loggar loggat loggade loggas innlogging innlogginga innloggingen innlogga
    innlogget innloggingsinfo pålogging påloggingen pålogginga pålogget påloggingsinfo avlogget utlogget
    logon låst låses låse låser låsas låsar utestengt utestengd sperret sperra opplåsing opplåsinga
    låsen bruker brukar brukeren brukaren brukernavn brukarnamn brukernavnet brukarnamnet fellesbruker
    fellesbrukar fellesbrukeren konto kontoen brukerkonto fellesboks felleskonto felleskontoen
    testbruker testbrukar servicekonto servicekontoen nøkkelring nøkkelringen gjestenett gjestenettet
    nettverk fjernskrivebord fjernhjelp webmailen autentisering autentiseringen kryptert lappen
    gullappen klistremerke klistremerket hemmelige hemmeligheten hemmelegheita løynde lekket leket
    lekasje svindelside svindelsida

    inlogg inloggen inloggning inloggningen inloggad inloggade inloggningsuppgifter
    inloggningsuppgifterna utelåst utloggad spärrad spärrat spärras användare användaren användarnamn
    användarnamnet kontot konton upplåsning gruppkonto gruppinlogg testkonto tjänstekonto tjänstekontot
    nyckelring nyckelringen gästnät gästnätet nätverk fjärrskrivbord fjärrhjälp webbmejl webbmejlen
    webbmailen trådlösa autentisering autentiseringen krypterad krypterat skyddad lapp lappen
    klisterlapp klisterlappen hemliga hemligheten läckt läcka bluffsida nätfiske surfzon

    anmelden anmeldung anmelde anmeldet meldet melde melden angemeldet abgemeldet einloggen eingeloggt
    logge einlogge zugangsdaten logindaten anmeldedaten authentifizierung gesperrt sperrt entsperren
    entsperrt entsperrung benutzer benutzername benutzernamen benutzerkonto teamkonto testkonto
    dienstkonto schlüsselbund gäste-wlan funknetz netz netzwerk remotedesktop fernhilfe teamlogin
    verschlüsselt geschützt zettel aufkleber post-it geheime geheimnis leck geleakt phishingseite"""
)
# That something is not taken, and the rules that say so.
REFUSED = _set(
    """asking asks ask ganger gonger gånger times mal zehnmal dreimal fragt frågar spør
    wrong incorrect invalid rejected rejects reject refused refuses denied accepted accepts accept
    expired weak common characters policy rules history blocklist complex complexity requirements match
    fails failed fail works worked work working secure strong allowed correct right longer contains easy

    feil ugyldig avvist avviser avvises nektet nekter nektes nekta nektar godtar godtas godtatt godtek
    godteke utløpt utgått svakt enkelt komplekst vanlig vanleg tegn teikn regel regelen regler reglene
    reglane historikk historikken krav kravet kravene krava sperreliste feiler feilar feilet feila
    virker virket virkar verkar verka verke funker fungerer fungerar går gikk gjekk sikkert sikker trygt
    sterkt riktig rett lov inneholder inneheld lenger oppfyller

    fel felaktigt ogiltigt ogiltig nekas nekar nekat vägrar godtas godkänns duger utgånget utgången
    svagt lätt komplext vanligt tecken regel regeln regler reglerna policyn historik historiken krav
    kravet kraven spärrlista funkar funkade fungerar går gick gäller säkert säker starkt rätt stämmer
    innehåller längre uppfyller

    falsch ungültig abgelehnt lehnt verweigert akzeptiert angenommen genommen nimmt abgelaufen schwach
    einfach komplex häufig zeichen regel regeln richtlinie verlauf anforderungen sperrliste scheitert
    scheiterte geht ging gehen klappt funktioniert sicher stark richtig stimmt gutes gültig erlaubt
    enthält mehr erfüllt"""
)
# Said of what somebody has just put in, or has chosen.
TYPED = _set(
    """set sett typed type types typing enter entered entering enters tried try trying put puts wrote
    written chose chosen picked pick sets reset changed change changing gave give given keep keeping
    spelled spelt spell copied copy copy-pasted pasted posted saved took take takes taken taking made
    make suggests suggested fills entry test testing tested think thinking notes saw watched read

    skrev skreiv skreve skrevet skrive skrivne taster taste tasta tastet tastar prøvde prøvd prøver
    prøvar prøv freista forsøkte valgte valgt valde vald velger vel satte satt sette setje byttet bytte
    bytta bytt bytter byter byt byte endret endre endra endrer endrar stavet stava staver kopierte
    kopiert limte limt lagret lagra lagrer tok tatt tar tek teke laget laga lager ga gav gitt gi gjev
    gir fyller foreslår føreslår foreslo føreslo teste test testa testet tenker tenkjer vurderer
    notatene notata notater nullstilte nullstill nullstiller så såg leste las endte enda

    skrev skrivit skrivet knappar knappade knappat testade testat testar försökte försökt valde valt
    väljer satte ställde ställ ställa sätt sätta sätter bytte bytt byta byter byt ändrade ändrat ändra
    ändrar stavat stavas kopierade klistrade sparade sparat tog tagit tar tas ta gjorde gör gav gett ge
    ger fyller föreslår föreslog tänkte funderar anteckningarna anteckningar återställde återställ
    hittade såg läste

    getippt tippe tippen tippt tippte eingegeben eingebe eingeben eingabe gebe gibt probiert probiere
    versucht versuche nahm genommen nehmen nehme nimmt gewählt wähle gesetzt setzen setze geändert
    ändern ändere gewechselt wechseln geschrieben schrieb schreibe kopiert eingefügt gepostet
    gespeichert gab gegeben trägt füllt schlägt testen teste denke notizen zurückgesetzt zurücksetzen
    stellen umgestellt sah gesehen"""
)
USED = _set(
    """mail mails mejl mejlen mailen epost e-post used use using uses went have has had got get getting
    brukte bruke bruker brukar brukt bruk nyttar nytta nytte hadde har fikk fekk
    använde använd använder använt använda kör körde hade har haft fick
    nutze nutzt nutzen benutze benutzt benutzen verwende verwendet habe hat hatte darf bekam bekommen"""
)
REFUSED_IT = _set(
    """accepted accept rejected rejects refused refuses blocklist contains wrong incorrect invalid weak
    expired avvist avviser nekta nektet nekter nektar godtatt godtar godteke godtek feil ugyldig svakt
    inneholder inneheld utløpt nekas nekar godtas duger fel ogiltigt svagt innehåller tas utgånget
    abgelehnt lehnt akzeptiert angenommen genommen falsch ungültig schwach enthält abgelaufen"""
)
# What follows one of these is where somebody signs in, not with what.
PLACES = _set(
    "into on in at from onto i på til till inn inne inom frå fra från an am im ins zu zur zum aus vom von via to"
)
USER_WORDS = _set(
    """user username user-name users account login kiosk room host server group database service asset
    device bruker brukar brukernavn brukarnamn brukeren brukaren brukernavnet brukarnamnet konto kontoen
    rom tenar maskin gruppe användare användarnamn användaren användarnamnet kontot rum dator grupp
    benutzer benutzername benutzernamen raum rechner"""
)

TOWARD = _set("to til till auf te uf")
PARTICIPLES = _set(
    "eingegeben eingetippt getippt genommen gesetzt geändert gewechselt umgestellt gestellt geschrieben probiert"
)
NAME_WORDS = _set(
    """username user-name brukernavn brukernavnet brukarnamn brukarnamnet användarnamn användarnamnet benutzername
    benutzernamen"""
)
NEW = _set("new nytt ny nye nya neu neue neues neuen")
NO_LONGER = _set("longer more anymore lenger längre mehr")
GERMAN_VERBS = _set("geht ging funktioniert wird wurde klappt passt stimmt ist war")
OLD = _set("old previous alt gammelt gamle gamalt gammalt gamla alte altes altem alten")
SPACE = _set("space spaces mellomrom mellanslag leerzeichen")
PRONOUNS = _set("jeg eg jag vi ich wir i we alle alla all everyone han hun ho hon dei de å")
POSSESSIVES = _set("my mitt min mi mein meine meinem")
PRODUCTS = _set(
    """windows outlook teams office excel visma altinn workday citrix microsoft apple google adobe zoom
    slack salesforce bankid freja jira confluence github gitlab sharepoint onedrive intranet intranett
    intranettet dropbox linkedin facebook fortnox personio datev elster concur docusign servicenow
    oracle linux android iphone minside unit4 agresso primula photoshop illustrator indesign acrobat
    autocad revit solidworks matlab teamviewer anydesk powerpoint onenote problem probleme manager"""
)
