"""Small words and the verbs round a password, in nb, nn, sv, de and en, in lower case: by their part in the sentence."""

from __future__ import annotations


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


WAS = _set("was var war")
IS = _set(
    """ar is was are were er var e vert vart blir blei ble är vara blev va ist war wär wäre lautet
    lautete isch heter heißt heisst hieß hiess lyder equals"""
)
STILL = _set(
    """called named kalt kalla genannt just still simply only now actually always currently bare fortsatt
    fremdeles framleis alltid nå no berre egentlig bara fortfarande nu egentligen einfach immer noch nur
    jetzt aktuell eigentlich so this that"""
)
SUBJECTS = _set(
    """i you he she it we they jeg eg æ e du han hun ho hu vi dere jag ja ni ich sie es wir ihr man who
    which som someone"""
)
# They belong to a password only between other words of it.
SMALL = _set(
    """auf aus nach um vor los las el la de le att as and or of the a an in on at with for to from over
    under by my n og å på i med til fra frå av en et ei den det mi min mitt och för till från över ett
    und oder von der die das dem im am mit für zu zum zur über unter ein eine einen bei ohne mein meine
    is ist er är"""
)
# What begins a new thought behind a password.
TURNS = _set(
    """but and an it its doesnt doesn't not isnt isn't fails so because since men og å det d den virker
    verker verkar funker fungerer ikke ikkje så fordi går gjekk och de funkar fungerar inte eftersom aber
    und es des das geht klappt nicht weil funktioniert ned nöd wird"""
)
VERBS = _set(
    """funkade fungerade virket verka worked does doesn't doesnt did didn't has had have will would can
    can't cant could should must may might keep keeps get gets went goes needs want wants work works
    expire expires ask asks says said har hadde hatt vil kan kunne må skal skulle får fekk fikk går gikk
    trenger virker spør sier står utløper hade haft vill kunde måste ska fick gick behöver fungerar
    funkar frågar säger hat hatte haben habe kann konnte muss soll darf geht ging funktioniert braucht
    fragt sagt steht läuft kommt wird wurde gilt gjeld gjelder gäller"""
)
HAS = _set("""hob han has have had got har hadde hatt hade haft hat habe hab hatte hatten ha having""")
MAY = _set(
    """may can could allowed kan får fikk ok lov darf kann why hvorfor kvifor varför warum wieso weshalb"""
)
ADJECTIVES = _set(
    """good bad new old godt bra dårlig sikkert gott gutes sicheres säkert safe secure fast permanent"""
)
BETWEEN = _set(
    """not allowed approved accepted ok okay good still som gjelder gjeld gäller godkjent godkjend
    godtatt lov tillatt inte ikke ikkje nicht nöd ned godkänt godkänd tillåtet akzeptiert erlaubt
    zugelassen zulässig possible lenger längre mehr det them that hele heile stadig alltid"""
)
NOT_PASSWORDS = _set(
    """sentence setning setninga setningen mening satz phrase word words ord wort number tall siffer
    siffra zahl date dato datum birthday bursdag geburtstag emoji emojis name navn namn navnet namnet
    namen spaces mellomrom mellanslag leerzeichen fingerprint fingeravtrykk fingeravtrykket fingerabdruck
    fingeravtryck ansikt ansiktet face gesicht username brukernavn användarnamn benutzername file filen
    fil datei pdf excel"""
)
REMEMBER = _set(
    """remember forgot forgotten recall husker hugsar hugser glemt gløymt minns glömt weiß erinnere
    erinnern vergessen vergaß sure sikker säker sicher"""
)
GOT = _set(
    """got get given sent received fikk fekk fått fick tilsendt tilsend bekommen bekam kriegen erhielt"""
)
TEMPORARY = _set(
    """user login temporary temp new old initial midlertidig nytt nye tillfälligt nya temporäres temporär
    neues neue altes passordet"""
)
CHANGE = _set("change changed changing reset set ändern ändere geändert setzen gesetzt stellen")
SET = _set("set sett sette setje satt sätt sätta satte ställ ställa ställt")
HERE = _set("here her här hier")
PLEASE = _set("please bitte vennligst gärna gerne snälla")
NETWORK_WORDS = _set("network nettverks nätverks netzwerk wireless trådløst trådlöst fi")
CAPITALS = _set(
    """capital uppercase big stor stort store stora groß großem grossem großes gross liten lite litet
    lower lowercase kleinem"""
)
WITH = _set("with med mit me")
ONE = _set("one ones")
FROM = _set("from fra frå från von vom")
MAYBE = _set(
    """maybe perhaps kanskje kanske vielleicht spelled spelt stava stavet stavat buchstabiert lyder
    lautet"""
)
# Behind a value the sentence goes on.
GOES_ON = _set(
    """while mens medan während before før före bevor vor why hvorfor kvifor varför warum then da då dann
    må must muss kommer komme kjem for för from fra frå från vom on på i in im the still fortsatt
    fremdeles framleis fortfarande noch worked funkade verka virket sier säger says heller any as"""
)
GAVE = _set("gave give ga gir gav gjev ger gebe gab gegeben chose valgte valde valt")
IT = _set("it det es den")
MODALS = _set("should must skal skulle bør ska må soll sollte muss")
BE = _set("be være vere vara sein")
RELATIVE = _set("i jeg eg jag ich som that which im i'm du dere ni")
ASKS = _set("is would er är ist wäre ville skulle")
SECRECY = _set(
    "secret hemmelig hemmelige hemmeligheten hemlig hemliga hemligheten geheimnis geheime"
)  # bad passwords
LABELS = _set(
    """login logon log-in user username bruker brukar brukernavn brukarnamn användare användarnamn
    benutzer benutzername innlogging pålogging inlogg inloggning anmeldung account konto"""
)
FAILS = _set(
    """doesnt doesn't does isnt isn't fails wont won't stopped virker verkar verka funker fungerer funkar
    fungerar går gjekk gikk gick geht ging klappt funktioniert wird blir vert"""
)
# After "password" in English they make one thing with it.
HEADS = _set(
    """manager reset prompt prompts policy policies generator field fields box change changes expiry hint
    hints link email mail vault app page protection something anything reminder rotation sync screen list
    file request requests safe tool checker service website site portal button function rules expiration
    setting settings keyboard input window recovery problem issue issues entry login noe något etwas neu"""
)
THATS = _set("that's thats that`s")
ITS = _set("its it's it`s")
HOLDS = _set("gilt gjelder gjeld gäller goes")
SECURITY = _set("security secret recovery")
GERMAN_HAVE = _set("hab habe hatte hob ha")
GERMAN_TYPED = _set(
    """eingegeben eingetippt getippt geschrieben reingeschrieben reingetippt eingehackt gehackt iigäh
    eingeben"""
)
VERDICTS = _set(
    """tull tullball tøv tøys vrøvl dritt idiotisk dumt dum teit håpløst umogleg trams skit skitet
    löjligt löjlig hopplöst struntprat jobbigt quatsch blödsinn mist müll unsinn doof blöd dumm
    lächerlich nervig nonsense rubbish stupid silly ridiculous crap pointless annoying pain joke welcome
    velkommen välkommen willkommen erwünscht futsch detsamma samme vekke toast"""
)
ORDINALS = _set(
    """tredje fjerde fjärde femte sjette sjätte sjunde åttonde tionde tolvte annenhver varannan vart
    varje hver kvar kvart third dritten dritte"""
)
POSSESSORS = _set(
    """sitt sin sine sina si hans hennes deres deira deras hennar her his their ihr sein seine seins
    theirs"""
)
CASE = _set(
    """capital capitals uppercase lowercase lower upper letter stor stort store liten lite små stora
    litet groß großem grossem großes großer klein kleinem kleines bokstav bokstaven buchstabe buchstaben
    please gärna gerne vennligst snälla bitte thanks takk tack danke"""
)
ARTICLES = _set("the a an et ein en ei das den det ett eit")
PARTICLES = _set(
    """doch ja mal halt eben wohl eh nämlich echt voll total totaler wirklich ziemlich irgendwie leider
    ju väl nog liksom typ änna verkligen helt heilt totalt fullstendig skikkelig virkelig verkeleg jo vel
    nok sikkert kjempe jätte rätt så kinda sort sorta like really totally completely utterly probably
    obviously well quite rather sadly dessverre dessvärre tyvärr diverre komen kommen ausgelaufen bloody
    flipping blitt vorte blivit geworden worden been"""
)
OTHERS = _set(
    """irgendwas irgendein was anderes annet annat alles allet alle all dat wat des both både båda sowohl
    everything allt nothing ingenting nichts nix something noe noko inget inga ingen rätta rette något
    nåt etwas know knows vet veit weiß weiss kenne kjenner kan wieder siehe se see too either"""
)
AND = _set("and og och und")
ERRORS = _set(
    """error errors feil feilkode feilkoden feilmelding fehler fehlercode fehlermeldung fel felkod
    felkoden felmeddelande stop stopcode stopp stoppkode stoppkod stoppcode bluescreen blåskjerm exit
    http status kr kostnadssted postkode"""
)
OR = _set("or eller oder")
THEN = _set("then så sen sedan dann plus pluss followed etterfulgt gefolgt")
HITS = _set(
    """bash bashing hit hammer hammering punch key keyed hamrer hamra slår slo knappar slog tippe haue
    hau hämmere klopfe type typing write writes entering skrive taster tastar schreibe enter skriver
    skriv eingebe schreib tipp"""
)
WRITTEN = _set("skrevet skrive skrivi skrivit geschrieben written")  # in the perfect: to us, mostly
WROTE = _set(
    """typed wrote entered skrev skreiv skrevet skrivit tastet tasta skrivi schrieb tippte getippt
    knappade"""
)
BASHED = _set(
    """bash bashing hit hammer hammering punch hamrer hamra slår slo slog knappar haue hau hämmere klopfe
    tippe tipp"""
)
INWARD = _set("in inn ein rein into")
FIELDS = _set(
    """box field prompt enter feltet felt rute ruta rutan fält fältet feld eingabefeld maske eingegeben
    eingebe eingetippt reingeschrieben rein"""
)
AT = _set("at on in into onto på i inn bei beim im ins am an inne")
LOGINS = _set(
    """login logon inlogg pålogging påloggingen pålogginga innlogging innloggingen innlogginga inloggning
    inloggningen anmeldung anmeldemaske passordfeltet lösenordsfältet passwortfeld kennwortfeld"""
)
QUESTIONS = _set(
    """sikkerhetsspørsmål sikkerhetsspørsmålet sikkerheitsspørsmål säkerhetsfråga säkerhetsfrågan
    sicherheitsfrage kontrollspørsmål kontrollfråga kontrollfrage maiden pikenavn flicknamn geburtsname
    mädchenname kontrollspørsmålet"""
)
NETWORKS = _set(
    """wifi wi-fi wlan ssid wlan-zugang nett nettet nätet hotspot gjestenett gästnät gästenetz eduroam"""
)

# None of these is a password.
FUNCTION = frozenset().union(
    IS, STILL, PARTICLES, OTHERS, SUBJECTS, SMALL, TURNS, VERBS, HAS, MAY, ADJECTIVES, BETWEEN, REMEMBER, OR, THEN, HOLDS,
    ITS, THATS, VERDICTS, ORDINALS, POSSESSORS, CASE, GERMAN_TYPED,
)  # fmt: skip
