"""Words that redaction goes by, in nb, nn, sv, de and en, all in lower case."""

from __future__ import annotations

from servicedesk.redaction import grammar


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


PASSWORDS = _set(
    """passord passordet passorda passorde pålogginspassord påloggingspassord innloggingspassord adgangsord
    lösenord lösenordet lösenorden losenord losenordet lösen lösenfras inloggningslösenord lösenfrasen
    passfrasen passfrase passfras passwort passworts passwörter kennwort kennworts kennwörter
    losungswort anmeldepasswort anmeldekennwort startpasswort startkennwort initialpasswort passwd
    password passwords passphrase passphrases passcode pw pwd psw pwrd pword pswd pass engangspassord
    engångslösenord einmalpasswort einmalkennwort startpassord tempassword wlanpasswort wifipassord
    wifilösenord"""
)
NOT_PASSWORDS = _set("passport passports passwortmanager passordboks lösenordshanterare passerord")
PINS = _set(
    """pin pinkode pinkoden pinkod pincode pinnummer bankid-kode puk pukkode låsekode skärmlåskod
    opplåsingskode upplåsningskod entsperrcode entsperrpin geheimzahl"""
)
CODES = _set(
    """code codes kode koden koda kod koder koderna otp totp tan einmalcode einmalcodes
    bestätigungscode sicherheitscode prüfcode anmeldecode zugangscode engangskode engangskoden
    engångskod engångskoden bekreftelseskode bekreftelseskoden sikkerhetskode sikkerhetskoden
    verifiseringskode verifieringskod verifieringskoden säkerhetskod säkerhetskoden påloggingskode
    inloggningskod smskode smskoden smskod passkode authenticatorkode codet"""
)
BARE_CODES = _set("code codes kode koden koda kod codet")  # may be of anything
NOT_SECRET_CODES = _set(
    """error exit status stop postal zip post country area return source http event result dial product
    qr bar asset fehler postleit länder feil land produkt fel cost kosten landskod hresult reason
    bugcheck response"""
)
RECOVERY = _set(
    """gjenopprettingskode gjenopprettingskoder gjenopprettingskoden reservekode reservekoder
    återställningskod återställningskoder reservkod reservkoder wiederherstellungscode
    wiederherstellungscodes backupcode backupcodes ersatzcode ersatzcodes gjenopprettingsnøkkel
    gjenopprettingsnøkkelen återställningsnyckel återställningsnyckeln wiederherstellungsschlüssel"""
)
RECOVERY_OWNERS = _set("recovery backup bypass scratch reserve")
KEYS = _set(
    "key keys nøkkel nøkkelen nyckel nyckeln schlüssel secret secrets token tokens psk hemmelighet hemlighet"
)
KEY_OWNERS = _set(
    """wifi fi wlan wpa network wireless api client app access refresh bearer secret private session
    auth shared product recovery bitlocker security webhook bot license licence nettverks trådløst
    trådlöst"""
)
KEY_COMPOUNDS = _set(
    """token tokenet apikey apinøkkel apinyckel wifinøkkel wifinyckel nettverksnøkkel nettverksnøkkelen
    nätverksnyckel nätverksnyckeln netzwerkschlüssel netzwerksicherheitsschlüssel wlanschlüssel
    sikkerhetsnøkkel säkerhetsnyckel sicherheitsschlüssel zugangstoken zugriffstoken psk
    clientsecret produktnøkkel produktnyckel produktschlüssel lizenzschlüssel lisensnøkkel
    licensnyckel"""
)

# Between the cue and its value: "passordet mitt til Outlook på PC-en er X".
FILLERS = _set(
    """mitt min mi mine vårt vår ditt din det den dette nye nytt ny gamle gammelt gammal nåværende
    midlertidig midlertidige mina vårat nya gamla gammalt nuvarande tillfälliga detta mein meine meinem
    meinen meiner unser das dieses neues neue neuen altes alte alten aktuelles jetzt my our the this
    that new old current temporary temp own personal private nå no nu now just for för til till to zu
    zum für auf på of von vom pc pcen kontoen konto kontot account outlook teams windows vpn laptop
    login user admin mail e-post epost mailen rechner which som here her här hier jeg eg jag ich bare
    berre bara bloß bloss nur einfach only simply i brukar bruker använder benutze verwende use used
    have har habe"""
)

DIGITS = _set(
    """null en ein ett én to tre fire fem seks sju syv åtte ni noll två fyra sex åtta nio eins zwei zwo
    drei vier fünf sechs sieben acht neun zero oh one two three four five six seven eight nine"""
)

# Between "code" and its digits: how it came, and to whom.
CODE_WAYS = FILLERS | _set(
    """sms sms-en sms-et smsen smset text message tekstmelding textmeddelande nachricht app appen app-en
    authenticator authenticatoren authenticator-appen telefonen telefon mobilen mobil handy phone via
    per by from in out the a i på av fra frå från med mit aus der die den dem das im in fikk får fått
    fekk fick fått får bekommen bekam erhalten erhielt got get gets received came kom kommer kam nå nu
    gerade nettopp nyss it itself sender says sier säger står steht stands there der där"""
)

# After "my password is …": said of a password, or the next clause. Anything else is taken for the password.
ORDINARY = (
    FILLERS
    | grammar.VERDICTS
    | grammar.ORDINALS
    | grammar.OTHERS
    | grammar.PARTICLES
    | grammar.POSSESSORS
    | _set(
        """probably maybe perhaps actually obviously apparently certainly definitely found trouble point choose
    click unlock temporarily permanently automatically manually too same nearly entirely completely
    expired expiring expires locked blocked disabled enabled changed changing rejected accepted refused
    denied declined compromised leaked stolen hacked exposed saved stored synced synchronised
    synchronized forgotten remembered reused recognised recognized entered typed written copied pasted
    asked requested prompted protected encrypted encoded generated created assigned updated renewed
    restored removed deleted cleared matched mismatched confirmed verified validated checked supposed
    supported allowed permitted limited stuck wiped shared displayed shown masked cached looping
    spinning repeating appearing coming happening resetting updating syncing matching typing asking
    giving getting saying showing telling causing making taking needed wanted called based a an and or
    but not no yes is are was were be been being am it its it's i i'm you your yours me we us they them
    he she his her their there then than so if when where what which who why how because since while
    until after before again always never ever still yet already also only even very quite rather really
    just about almost soon on in at by from with without into over under up down out off through as like
    both different similar other another any some all none each every one two three first last next
    previous correct incorrect right wrong true false bad good ok okay fine valid invalid weak strong
    long short safe unsafe secure insecure old new empty blank missing gone lost case sensitive required
    mandatory optional unknown known secret hidden visible due set sent kept part more less longer
    shorter enough characters letters days weeks months years today tomorrow yesterday going got get
    gets give given take taken does doesn't don't do did didn't can can't cannot could would will won't
    should must may might shall let need needs want wants have has had having works work working fail
    fails failing please help thanks thank sorry hello hi what's policy manager reset change problem
    problems issue issues question error username user name email account login back here somewhere
    anywhere nothing something broken impossible possible important necessary better worse ready
    available unavailable up-to-date time times hard easy difficult complex simple forever able unable
    sure between against during for to of the this that these those my our own

    sure yep nope oops oi ups hoppsan maybe here's ja nei okay klar bitte japp jupp yes it'd should've
    wasn't isn't skulle vært vore burde sollte müsste borde

    svake sterke like gamle lange korte svaga starka gamla långa korta schwache starke

    og eller men ikke ikkje nei ja er var være vært blir ble det den de dei han hun ho vi oss jeg eg du
    deg meg man hva kva hvor kor når da då så som hvis om at for fordi siden mens til fra frå med uten
    utan på i av ved etter før under over mellom mot inn ut opp ned no nå nettopp alltid aldri fortsatt
    fremdeles framleis også bare berre igjen allerede enda veldig ganske nok litt mer meir mindre mange
    alle ingen noe noko noen samme same annet anna feil galt gal riktig rett rette gyldig ugyldig utløpt
    utgått gått gammelt gammel nytt ny kort langt lang lange svakt sterkt sikkert usikkert trygt låst
    sperra sperret stengt glemt gløymt endret endra byttet bytta skiftet tilbakestilt nullstilt borte
    vekk tapt lagret lagra sendt satt godkjent avvist blokkert brukt kompromittert lekket påkrevd
    nødvendig ukjent kjent tomt blankt korrekt klart klar plass skrevet kan kunne må måtte skal skulle
    vil ville får fikk fungerer virker verkar funker hjelp hjelpe takk hei problem problemet et ein en
    ei to tre dager tegn bokstaver synkronisert ulikt forskjellig likt umulig mulig vanskelig lett
    enkelt enkel fint greit ok bra dårlig

    utlopt utgatt gaar ga funnet deaktivert aktivert sannsynligvis kanskje antakelig trolig visst
    tydeligvis velg klikk helt delvis midlertidig snart utlaupt utgått oppbrukt utdatert hemmeleg
    utløper utgår oppdatert synket slettet fjernet opprettet bekreftet laget skrevet tastet kopiert limt
    husket stjålet hacket delt vist skjult akseptert nektet avslått feilet går gikk kommer kom sier spør
    ber trenger stemmer passer

    och eller men inte nej ja är var vara varit blir blev det den de han hon vi oss jag du dig mig man
    vad när då så som om att för eftersom sedan medan till från med utan på i av vid efter före under
    över mellan mot in ut upp ner nu nyss alltid aldrig fortfarande också bara igen redan ännu väldigt
    ganska nog lite mer mindre många alla ingen något någon samma annat fel felaktigt rätt riktigt
    giltigt ogiltigt utgånget utgången gått gammalt nytt kort långt svagt starkt säkert osäkert låst
    spärrat glömt ändrat bytt bytts återställt borta förlorat sparat skickat satt godkänt avvisat
    blockerat använt läckt obligatoriskt nödvändigt okänt känt tomt korrekt klart klar skrivet kan kunde
    måste ska skulle vill ville får fick fungerar funkar hjälp hjälpa tack hej problem problemet ett en
    två tre dagar tecken bokstäver olika lika omöjligt möjligt svårt lätt enkelt dags bra dåligt synkat
    fint

    puts bortglömt borta finns hittat hittades inaktiverat avaktiverat aktiverat troligen kanske
    antagligen säkert tydligen välj klicka bara helt delvis snart utgånge gammal föråldrat upp lås utgår
    uppdaterat raderat tagit skapat bekräftat inskrivet kopierat ihågkommet stulet hackat delat visat
    dolt accepterat nekat misslyckats går gick kommer kom säger frågar ber behöver stämmer passar
    utgånget

    und oder aber nicht nein ja ist war wäre sein gewesen wird wurde worden es er sie wir uns ich du
    dich mich mir man was wo wann da dann so wie wenn ob dass weil seit während bis nach vor unter über
    zwischen gegen ein eine einen einem einer kein keine aus auf ab an am im in zu zum zur von vom mit
    ohne bei für durch jetzt gerade immer nie niemals noch auch nur wieder schon bereits sehr ziemlich
    genug etwas mehr weniger viele alle nichts gleiche gleich selbe dasselbe anders anderes falsch
    richtig korrekt gültig ungültig abgelaufen alt neu kurz lang schwach stark sicher unsicher gesperrt
    vergessen geändert gewechselt zurückgesetzt weg verloren gespeichert gesendet gesetzt akzeptiert
    abgelehnt blockiert benutzt verwendet kompromittiert erforderlich nötig notwendig unbekannt bekannt
    leer klar fertig geschrieben kann konnte muss musste soll sollte will wollte darf funktioniert geht
    klappt hilfe helfen danke hallo problem das der die den dem des zwei drei tage zeichen buchstaben
    identisch verschieden unmöglich möglich schwer leicht einfach gut schlecht okay mindestens höchstens
    nun laut bitte leider kaputt fällig ändern zurücksetzen festlegen wählen klicken wahrscheinlich
    vielleicht vermutlich offenbar anscheinend möglicherweise gefunden veraltet verfallen hinterlegt
    plötzlich bald teilweise komplett läuft lief kommt kam sagt fragt braucht stimmt passt angezeigt
    erstellt bestätigt eingegeben getippt kopiert gelöscht aktualisiert erneuert synchronisiert
    gestohlen gehackt geteilt sichtbar versteckt deaktiviert aktiviert verweigert fehlgeschlagen gegeben
    geworden unterschiedlich angeblich wohl heute gestern morgen"""
    )
)
# Between a password and the cue after it: "Sommer2026! is my password".
LINKS = _set("is was er var är ist war as som als for til till für that's")
THAT = _set("that det das this this dette")
AS = _set("som as als")
PASSPHRASES = _set("passphrase passphrases passfrase passfrasen passfras lösenfras lösenfrasen")
DETERMINERS = _set(
    """my your the our mitt ditt min din det mein meine ihr ihre dein das ett et ein a nye nya neues new
    gamle gamla altes old"""
)
BEFORE = LINKS | DETERMINERS
