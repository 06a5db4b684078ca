<!DOCTYPE html>
<html lang="en-us"><head><title>Bestille møterom</title></head>
<body>
<header><a href="/">Intranett</a></header>
<nav><ul><li><a href="/a">Nyheter</a></li></ul></nav>
<div id="spPageCanvasContent"><div><div data-sp-canvascontrol="" data-sp-controldata="&#123;&quot;controlType&quot;&#58;4&#125;"><div data-sp-rte="">
<h2>Slik bestiller du et møterom</h2><p>Åpne kalenderen i Outlook og velg et nytt møte. Du kan bestille rommet når det er ledig.</p></div></div>
<div data-sp-canvascontrol=""><div data-sp-webpart=""><div data-sp-htmlproperties="">Alle knapper</div></div></div>
<div data-sp-canvascontrol=""><div data-sp-rte=""><h4>På telefonen</h4><ol><li>Åpne <b>Kalender</b>.</li><li>Velg rommet.</li></ol></div></div></div></div>
<footer>Personvern</footer>
</body></html>
