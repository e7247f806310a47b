<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<!-- SPDX-License-Identifier: Apache-2.0 -->
<TS version="2.1" language="de" sourcelanguage="en">
    <context>
        <name>Events</name>
        <message numerus="yes">
            <source>%n more alert(s)</source>
            <translation>
                <numerusform>%n weitere Meldung</numerusform>
                <numerusform>%n weitere Meldungen</numerusform>
            </translation>
        </message>
        <message>
            <source>newest at the bottom</source>
            <translation>neueste unten</translation>
        </message>
        <message>
            <source>Log</source>
            <translation>Protokoll</translation>
        </message>
        <message>
            <source>Nothing yet</source>
            <translation>Noch nichts</translation>
        </message>
    </context>
    <context>
        <name>FactWords</name>
        <message>
            <source>Node %1</source>
            <translation>Knoten %1</translation>
        </message>
        <message>
            <source>Unregistered node</source>
            <translation>Nicht registrierter Knoten</translation>
        </message>
        <message>
            <source>No data from the node</source>
            <translation>Keine Daten vom Knoten</translation>
        </message>
        <message>
            <source>The node service has been silent for %1. Figures below are old.</source>
            <translation>Der Knotendienst schweigt seit %1. Die Zahlen unten sind alt.</translation>
        </message>
        <message>
            <source>Everything is working</source>
            <translation>Alles funktioniert</translation>
        </message>
        <message numerus="yes">
            <source>%n workload(s) running</source>
            <translation>
                <numerusform>%n Workload läuft</numerusform>
                <numerusform>%n Workloads laufen</numerusform>
            </translation>
        </message>
        <message>
            <source>The node needs attention</source>
            <translation>Der Knoten braucht Aufmerksamkeit</translation>
        </message>
        <message>
            <source>up %1</source>
            <comment>time since boot</comment>
            <translation>an seit %1</translation>
        </message>
        <message>
            <source>Downloading %1</source>
            <translation>%1 wird geladen</translation>
        </message>
        <message>
            <source>Starting up</source>
            <translation>Startet</translation>
        </message>
        <message>
            <source>Waiting for the node service</source>
            <translation>Wartet auf den Knotendienst</translation>
        </message>
        <message>
            <source>The node service has not answered yet. Wait a few minutes or send a photo of this screen.</source>
            <translation>Der Knotendienst hat noch nicht geantwortet. Einige Minuten warten oder ein Foto dieses Bildschirms schicken.</translation>
        </message>
        <message>
            <source>Step %1 of %2 failed. The node tries again by itself.</source>
            <translation>Schritt %1 von %2 ist fehlgeschlagen. Der Knoten versucht es selbst erneut.</translation>
        </message>
        <message>
            <source>Step %1 of %2. Nothing to do: the node configures itself.</source>
            <translation>Schritt %1 von %2. Nichts zu tun: Der Knoten richtet sich selbst ein.</translation>
        </message>
        <message>
            <source>zos %1 → %2</source>
            <translation>zos %1 → %2</translation>
        </message>
        <message>
            <source>Workloads keep running. Do not switch the machine off.</source>
            <translation>Workloads laufen weiter. Die Maschine nicht ausschalten.</translation>
        </message>
        <message>
            <source>Machines start again after the restart. Do not switch the machine off.</source>
            <translation>Maschinen starten nach dem Neustart wieder. Nicht ausschalten.</translation>
        </message>
        <message>
            <source>Console and node do not match</source>
            <translation>Konsole und Knoten passen nicht zusammen</translation>
        </message>
        <message>
            <source>The node speaks %1, this screen %2. Restart the machine when it suits you.</source>
            <translation>Der Knoten spricht %1, dieser Bildschirm %2. Die Maschine bei Gelegenheit neu starten.</translation>
        </message>
        <message>
            <source>The node's status cannot be read</source>
            <translation>Der Status des Knotens ist nicht lesbar</translation>
        </message>
        <message>
            <source>Workloads are not affected by this screen.</source>
            <translation>Workloads sind davon nicht betroffen.</translation>
        </message>
        <message>
            <source>The node service has been silent for %1.</source>
            <translation>Der Knotendienst schweigt seit %1.</translation>
        </message>
        <message>
            <source>Switching off</source>
            <translation>Schaltet ab</translation>
        </message>
        <message>
            <source>The farm asked this node to sleep.</source>
            <translation>Die Farm hat diesen Knoten schlafen gelegt.</translation>
        </message>
        <message>
            <source>Shutting down</source>
            <translation>Fährt herunter</translation>
        </message>
        <message>
            <source>Wait until the machine is off.</source>
            <translation>Warten, bis die Maschine aus ist.</translation>
        </message>
        <message numerus="yes">
            <source>%n workload(s)</source>
            <translation>
                <numerusform>%n Workload</numerusform>
                <numerusform>%n Workloads</numerusform>
            </translation>
        </message>
        <message>
            <source>%1 of %2 connected</source>
            <translation>%1 von %2 verbunden</translation>
        </message>
        <message>
            <source>not set</source>
            <translation>nicht gesetzt</translation>
        </message>
    </context>
    <context>
        <name>Fmt</name>
        <message numerus="yes">
            <source>%n day(s)</source>
            <comment>duration</comment>
            <translation>
                <numerusform>%n Tag</numerusform>
                <numerusform>%n Tage</numerusform>
            </translation>
        </message>
        <message>
            <source>%1 h</source>
            <comment>hours</comment>
            <translation>%1 Std.</translation>
        </message>
        <message>
            <source>%1 min</source>
            <comment>minutes</comment>
            <translation>%1 Min.</translation>
        </message>
        <message>
            <source>%1 s</source>
            <comment>seconds</comment>
            <translation>%1 s</translation>
        </message>
    </context>
    <context>
        <name>Footer</name>
        <message>
            <source>Overview</source>
            <translation>Übersicht</translation>
        </message>
        <message>
            <source>Network</source>
            <translation>Netzwerk</translation>
        </message>
        <message>
            <source>Storage</source>
            <translation>Speicher</translation>
        </message>
        <message>
            <source>Workloads</source>
            <translation>Workloads</translation>
        </message>
        <message>
            <source>Events</source>
            <translation>Ereignisse</translation>
        </message>
        <message>
            <source>Read-only display</source>
            <translation>Nur Anzeige</translation>
        </message>
    </context>
    <context>
        <name>Hero</name>
        <message>
            <source>more</source>
            <comment>further alerts</comment>
            <translation>weitere</translation>
        </message>
    </context>
    <context>
        <name>Network</name>
        <message numerus="yes">
            <source>%1, %n more</source>
            <translation>
                <numerusform>%1, %n weiterer</numerusform>
                <numerusform>%1, %n weitere</numerusform>
            </translation>
        </message>
        <message>
            <source>Network ports</source>
            <translation>Netzwerkanschlüsse</translation>
        </message>
        <message>
            <source>Addresses</source>
            <translation>Adressen</translation>
        </message>
        <message>
            <source>Public configuration</source>
            <translation>Öffentliche Konfiguration</translation>
        </message>
        <message>
            <source>Workloads of this node reach the internet through the local network.</source>
            <translation>Workloads dieses Knotens erreichen das Internet über das lokale Netz.</translation>
        </message>
    </context>
    <context>
        <name>NoFarm</name>
        <message>
            <source>No farm configured</source>
            <translation>Keine Farm eingestellt</translation>
        </message>
        <message>
            <source>This node does not know which farm it belongs to. It stays idle until it is started with a farm id.</source>
            <translation>Dieser Knoten weiß nicht, zu welcher Farm er gehört. Er bleibt untätig, bis er mit einer Farm-Nummer gestartet wird.</translation>
        </message>
        <message>
            <source>Two ways to set it</source>
            <translation>Zwei Wege, sie einzustellen</translation>
        </message>
        <message>
            <source>1.  Boot option:  farmer_id=&lt;id&gt; runmode=prod</source>
            <translation>1.  Startoption:  farmer_id=&lt;id&gt; runmode=prod</translation>
        </message>
        <message>
            <source>2.  A file zos.json on a USB stick labelled ZOS-CONFIG</source>
            <translation>2.  Eine Datei zos.json auf einem USB-Stick namens ZOS-CONFIG</translation>
        </message>
        <message>
            <source>This machine</source>
            <translation>Diese Maschine</translation>
        </message>
        <message>
            <source>Model</source>
            <translation>Modell</translation>
        </message>
        <message>
            <source>Address</source>
            <translation>Adresse</translation>
        </message>
        <message>
            <source>MAC</source>
            <translation>MAC</translation>
        </message>
        <message>
            <source>Scan for the guide</source>
            <translation>Anleitung scannen</translation>
        </message>
    </context>
    <context>
        <name>Overview</name>
        <message>
            <source>Connections</source>
            <translation>Verbindungen</translation>
        </message>
        <message>
            <source>Workloads</source>
            <translation>Workloads</translation>
        </message>
        <message>
            <source>Node page</source>
            <translation>Knotenseite</translation>
        </message>
        <message>
            <source>Scan to open</source>
            <translation>Zum Öffnen scannen</translation>
        </message>
    </context>
    <context>
        <name>PartWords</name>
        <message>
            <source>SSD</source>
            <translation>SSD</translation>
        </message>
        <message>
            <source>HDD</source>
            <translation>HDD</translation>
        </message>
        <message>
            <source>connected</source>
            <translation>verbunden</translation>
        </message>
        <message>
            <source>no cable</source>
            <translation>kein Kabel</translation>
        </message>
        <message>
            <source>single</source>
            <comment>exit device</comment>
            <translation>einfach</translation>
        </message>
        <message>
            <source>dual</source>
            <comment>exit device</comment>
            <translation>doppelt</translation>
        </message>
        <message>
            <source>Host name</source>
            <translation>Rechnername</translation>
        </message>
        <message>
            <source>Gateway</source>
            <translation>Gateway</translation>
        </message>
        <message>
            <source>DNS</source>
            <translation>DNS</translation>
        </message>
        <message>
            <source>Yggdrasil</source>
            <translation>Yggdrasil</translation>
        </message>
        <message>
            <source>Mycelium</source>
            <translation>Mycelium</translation>
        </message>
        <message>
            <source>Exit</source>
            <translation>Ausgang</translation>
        </message>
        <message>
            <source>IPv4</source>
            <translation>IPv4</translation>
        </message>
        <message>
            <source>IPv4 gateway</source>
            <translation>Gateway v4</translation>
        </message>
        <message>
            <source>IPv6</source>
            <translation>IPv6</translation>
        </message>
        <message>
            <source>IPv6 gateway</source>
            <translation>Gateway v6</translation>
        </message>
        <message>
            <source>Domain</source>
            <translation>Domain</translation>
        </message>
        <message>
            <source>serial %1</source>
            <translation>SN %1</translation>
        </message>
        <message>
            <source>bay %1</source>
            <translation>Schacht %1</translation>
        </message>
    </context>
    <context>
        <name>Phrases</name>
        <message>
            <source>Unknown problem</source>
            <translation>Unbekanntes Problem</translation>
        </message>
        <message>
            <source>The number on the right tells support what it is.</source>
            <translation>Die Nummer rechts sagt dem Support, was es ist.</translation>
        </message>
        <message numerus="yes">
            <source>%1 — %n reallocated sector(s), rising</source>
            <translation>
                <numerusform>%1 — %n ersetzter Sektor, steigend</numerusform>
                <numerusform>%1 — %n ersetzte Sektoren, steigend</numerusform>
            </translation>
        </message>
        <message>
            <source>Disk %1 is wearing out</source>
            <translation>Festplatte %1 lässt nach</translation>
        </message>
        <message>
            <source>Plan a replacement. The disk is still in use.</source>
            <translation>Austausch einplanen. Die Platte ist noch in Betrieb.</translation>
        </message>
        <message>
            <source>Disk %1 does not answer</source>
            <translation>Festplatte %1 antwortet nicht</translation>
        </message>
        <message>
            <source>Reseat or replace this disk.</source>
            <translation>Diese Platte neu einsetzen oder tauschen.</translation>
        </message>
        <message>
            <source>Disk %1 is failing</source>
            <translation>Festplatte %1 fällt aus</translation>
        </message>
        <message>
            <source>Replace this disk soon.</source>
            <translation>Diese Platte bald tauschen.</translation>
        </message>
        <message>
            <source>Disk %1 is too hot</source>
            <translation>Festplatte %1 ist zu heiß</translation>
        </message>
        <message>
            <source>Check the airflow around this disk.</source>
            <translation>Den Luftstrom an dieser Platte prüfen.</translation>
        </message>
        <message>
            <source>Disk %1 is not used</source>
            <translation>Festplatte %1 wird nicht benutzt</translation>
        </message>
        <message>
            <source>It holds other data and was left untouched.</source>
            <translation>Sie enthält andere Daten und blieb unberührt.</translation>
        </message>
        <message>
            <source>Disks are behind a RAID controller</source>
            <translation>Platten liegen hinter einem RAID-Controller</translation>
        </message>
        <message>
            <source>%1 is in RAID mode: disk health is hidden from the node</source>
            <translation>%1 ist im RAID-Modus: Der Knoten sieht den Zustand der Platten nicht</translation>
        </message>
        <message>
            <source>Switch the controller to JBOD / HBA mode in its setup.</source>
            <translation>Den Controller in seinem Setup auf JBOD / HBA umstellen.</translation>
        </message>
        <message>
            <source>No SSD found</source>
            <translation>Keine SSD gefunden</translation>
        </message>
        <message>
            <source>The cache is kept in memory and the node cannot register.</source>
            <translation>Der Cache liegt im Arbeitsspeicher; der Knoten kann sich nicht registrieren.</translation>
        </message>
        <message>
            <source>The node needs an SSD to join the grid.</source>
            <translation>Der Knoten braucht eine SSD für das Grid.</translation>
        </message>
        <message>
            <source>Pool %1 is damaged</source>
            <translation>Pool %1 ist beschädigt</translation>
        </message>
        <message>
            <source>Data on this pool is at risk: see its disk.</source>
            <translation>Daten in diesem Pool sind gefährdet: siehe seine Platte.</translation>
        </message>
        <message>
            <source>Pool %1 is read-only</source>
            <translation>Pool %1 ist nur lesbar</translation>
        </message>
        <message>
            <source>Pool %1 is full</source>
            <translation>Pool %1 ist voll</translation>
        </message>
        <message>
            <source>New workloads are refused.</source>
            <translation>Neue Workloads werden abgelehnt.</translation>
        </message>
        <message>
            <source>The cache cannot be written</source>
            <translation>Der Cache ist nicht beschreibbar</translation>
        </message>
        <message>
            <source>Uptime reports stop until this is fixed.</source>
            <translation>Laufzeitmeldungen ruhen, bis das behoben ist.</translation>
        </message>
        <message>
            <source>The node&apos;s state is kept in memory only</source>
            <translation>Der Zustand des Knotens liegt nur im Arbeitsspeicher</translation>
        </message>
        <message>
            <source>A restart would lose workloads: new ones are refused, uptime is not reported.</source>
            <translation>Ein Neustart verlöre Workloads: Neue werden abgelehnt, die Laufzeit wird nicht gemeldet.</translation>
        </message>
        <message>
            <source>Running workloads are not affected.</source>
            <translation>Laufende Workloads sind nicht betroffen.</translation>
        </message>
        <message numerus="yes">
            <source>No answer from %n server(s), first %1</source>
            <translation>
                <numerusform>Keine Antwort von %n Server, %1</numerusform>
                <numerusform>Keine Antwort von %n Servern, zuerst %1</numerusform>
            </translation>
        </message>
        <message>
            <source>TFChain cannot be reached</source>
            <translation>TFChain ist nicht erreichbar</translation>
        </message>
        <message>
            <source>Check the cable, the router and the internet line. The node retries by itself.</source>
            <translation>Kabel, Router und Internet prüfen. Der Knoten versucht es erneut.</translation>
        </message>
        <message>
            <source>TFChain is not moving</source>
            <translation>TFChain steht still</translation>
        </message>
        <message>
            <source>Nothing to do: the chain itself is slow.</source>
            <translation>Nichts zu tun: Die Kette selbst ist langsam.</translation>
        </message>
        <message>
            <source>Registration was refused</source>
            <translation>Die Registrierung wurde abgelehnt</translation>
        </message>
        <message>
            <source>The node tries again by itself.</source>
            <translation>Der Knoten versucht es selbst erneut.</translation>
        </message>
        <message>
            <source>Users cannot reach the node</source>
            <translation>Nutzer erreichen den Knoten nicht</translation>
        </message>
        <message>
            <source>No way to the message bus.</source>
            <translation>Kein Weg zum Nachrichtenbus.</translation>
        </message>
        <message>
            <source>Yggdrasil has no peers</source>
            <translation>Yggdrasil hat keine Nachbarn</translation>
        </message>
        <message>
            <source>Outgoing TCP to the peers may be blocked.</source>
            <translation>Ausgehendes TCP zu den Nachbarn ist vielleicht gesperrt.</translation>
        </message>
        <message>
            <source>Images cannot be fetched</source>
            <translation>Abbilder sind nicht abrufbar</translation>
        </message>
        <message>
            <source>New machines wait; running ones are not affected.</source>
            <translation>Neue Maschinen warten; laufende sind nicht betroffen.</translation>
        </message>
        <message>
            <source>The clock is not synchronised</source>
            <translation>Die Uhr ist nicht synchron</translation>
        </message>
        <message>
            <source>Allow UDP port 123 to the internet.</source>
            <translation>UDP-Port 123 ins Internet freigeben.</translation>
        </message>
        <message>
            <source>No network cable</source>
            <translation>Kein Netzwerkkabel</translation>
        </message>
        <message>
            <source>No port has a link.</source>
            <translation>Kein Anschluss hat eine Verbindung.</translation>
        </message>
        <message>
            <source>Plug in a network cable.</source>
            <translation>Ein Netzwerkkabel einstecken.</translation>
        </message>
        <message>
            <source>No network address</source>
            <translation>Keine Netzwerkadresse</translation>
        </message>
        <message>
            <source>Check that the router gives out addresses (DHCP).</source>
            <translation>Prüfen, ob der Router Adressen vergibt (DHCP).</translation>
        </message>
        <message>
            <source>Slow link on %1</source>
            <translation>Langsame Verbindung an %1</translation>
        </message>
        <message>
            <source>Check cable and switch port.</source>
            <translation>Kabel und Switch-Anschluss prüfen.</translation>
        </message>
        <message>
            <source>No internet</source>
            <translation>Kein Internet</translation>
        </message>
        <message>
            <source>None of the probes answers.</source>
            <translation>Keine der Gegenstellen antwortet.</translation>
        </message>
        <message>
            <source>Check the router and the internet line.</source>
            <translation>Router und Internetanschluss prüfen.</translation>
        </message>
        <message>
            <source>Public network does not work</source>
            <translation>Das öffentliche Netz geht nicht</translation>
        </message>
        <message>
            <source>Check the second cable or the VLAN.</source>
            <translation>Das zweite Kabel oder das VLAN prüfen.</translation>
        </message>
        <message>
            <source>The update failed</source>
            <translation>Das Update ist fehlgeschlagen</translation>
        </message>
        <message>
            <source>The update was taken back</source>
            <translation>Das Update wurde zurückgenommen</translation>
        </message>
        <message>
            <source>The new version did not become healthy.</source>
            <translation>Die neue Version lief nicht richtig an.</translation>
        </message>
        <message>
            <source>The node went back to %1.</source>
            <translation>Der Knoten ist zurück auf %1.</translation>
        </message>
        <message>
            <source>A workload failed</source>
            <translation>Ein Workload ist fehlgeschlagen</translation>
        </message>
        <message>
            <source>Contract %1</source>
            <translation>Vertrag %1</translation>
        </message>
        <message>
            <source>The user sees the reason.</source>
            <translation>Der Nutzer sieht den Grund.</translation>
        </message>
        <message>
            <source>No farm configured</source>
            <translation>Keine Farm eingestellt</translation>
        </message>
        <message>
            <source>The node does not know which farm it belongs to.</source>
            <translation>Der Knoten weiß nicht, zu welcher Farm er gehört.</translation>
        </message>
        <message>
            <source>Start the node with farmer_id=&lt;id&gt;, or use a stick labelled ZOS-CONFIG.</source>
            <translation>Den Knoten mit farmer_id=&lt;id&gt; starten oder einen Stick namens ZOS-CONFIG nehmen.</translation>
        </message>
        <message>
            <source>A boot option is wrong</source>
            <translation>Eine Startoption ist falsch</translation>
        </message>
        <message>
            <source>%1 = %2</source>
            <translation>%1 = %2</translation>
        </message>
        <message>
            <source>Correct the boot option.</source>
            <translation>Die Startoption berichtigen.</translation>
        </message>
        <message>
            <source>Farm %1 does not exist</source>
            <translation>Farm %1 gibt es nicht</translation>
        </message>
        <message>
            <source>The chain does not know this farm.</source>
            <translation>Die Kette kennt diese Farm nicht.</translation>
        </message>
        <message>
            <source>Check the farm number on the dashboard.</source>
            <translation>Die Farm-Nummer auf dem Dashboard prüfen.</translation>
        </message>
        <message>
            <source>Two settings disagree</source>
            <translation>Zwei Einstellungen widersprechen sich</translation>
        </message>
        <message>
            <source>The value from %1 is used.</source>
            <translation>Der Wert aus %1 gilt.</translation>
        </message>
        <message>
            <source>Virtualisation is switched off</source>
            <translation>Virtualisierung ist ausgeschaltet</translation>
        </message>
        <message>
            <source>The node cannot start machines.</source>
            <translation>Der Knoten kann keine Maschinen starten.</translation>
        </message>
        <message>
            <source>Switch on virtualisation (VT-x / AMD-V) in the BIOS.</source>
            <translation>Virtualisierung (VT-x / AMD-V) im BIOS einschalten.</translation>
        </message>
        <message>
            <source>Memory errors</source>
            <translation>Speicherfehler</translation>
        </message>
        <message>
            <source>Memory module %1 is failing.</source>
            <translation>Speichermodul %1 fällt aus.</translation>
        </message>
        <message>
            <source>Plan a replacement.</source>
            <translation>Austausch einplanen.</translation>
        </message>
        <message>
            <source>The machine is too hot</source>
            <translation>Die Maschine ist zu heiß</translation>
        </message>
        <message>
            <source>Check fans and dust.</source>
            <translation>Lüfter und Staub prüfen.</translation>
        </message>
        <message>
            <source>The last run ended in a crash</source>
            <translation>Der letzte Lauf endete mit einem Absturz</translation>
        </message>
        <message>
            <source>If it repeats, test memory and power.</source>
            <translation>Wenn es sich wiederholt, Speicher und Netzteil prüfen.</translation>
        </message>
        <message>
            <source>PRODUCTION</source>
            <comment>network badge</comment>
            <translation>PRODUKTIV</translation>
        </message>
        <message>
            <source>TESTING</source>
            <comment>network badge</comment>
            <translation>TESTNETZ</translation>
        </message>
        <message>
            <source>QA</source>
            <comment>network badge</comment>
            <translation>QA</translation>
        </message>
        <message>
            <source>DEVELOPMENT</source>
            <comment>network badge</comment>
            <translation>ENTWICKLUNG</translation>
        </message>
        <message>
            <source>LOCAL</source>
            <comment>network badge: a network made by the node itself</comment>
            <translation>LOKAL</translation>
        </message>
        <message>
            <source>UNKNOWN</source>
            <comment>network badge</comment>
            <translation>UNBEKANNT</translation>
        </message>
        <message>
            <source>Local network</source>
            <translation>Lokales Netz</translation>
        </message>
        <message>
            <source>Internet</source>
            <translation>Internet</translation>
        </message>
        <message>
            <source>TFChain</source>
            <translation>TFChain</translation>
        </message>
        <message>
            <source>Message bus</source>
            <translation>Nachrichten</translation>
        </message>
        <message>
            <source>Yggdrasil</source>
            <translation>Yggdrasil</translation>
        </message>
        <message>
            <source>Mycelium</source>
            <translation>Mycelium</translation>
        </message>
        <message>
            <source>Image hub</source>
            <translation>Abbild-Hub</translation>
        </message>
        <message>
            <source>Grid index</source>
            <translation>Grid-Index</translation>
        </message>
        <message>
            <source>Time sync</source>
            <translation>Zeit</translation>
        </message>
        <message>
            <source>block %1</source>
            <translation>Block %1</translation>
        </message>
        <message>
            <source>kept on this machine</source>
            <translation>auf dieser Maschine</translation>
        </message>
        <message>
            <source>unreachable for %1</source>
            <translation>seit %1 nicht erreichbar</translation>
        </message>
        <message>
            <source>unreachable</source>
            <translation>nicht erreichbar</translation>
        </message>
        <message numerus="yes">
            <source>%1 of %n relay(s)</source>
            <translation>
                <numerusform>%1 von %n Relay</numerusform>
                <numerusform>%1 von %n Relays</numerusform>
            </translation>
        </message>
        <message>
            <source>direct, ready</source>
            <translation>direkt, bereit</translation>
        </message>
        <message numerus="yes">
            <source>%n peer(s)</source>
            <translation>
                <numerusform>%n Nachbar</numerusform>
                <numerusform>%n Nachbarn</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>0 peers, %n on the local network</source>
            <translation>
                <numerusform>0 Nachbarn, %n im lokalen Netz</numerusform>
                <numerusform>0 Nachbarn, %n im lokalen Netz</numerusform>
            </translation>
        </message>
        <message>
            <source>offset %1</source>
            <translation>Abweichung %1</translation>
        </message>
        <message>
            <source>synchronised</source>
            <translation>synchron</translation>
        </message>
        <message>
            <source>not synchronised</source>
            <translation>nicht synchron</translation>
        </message>
        <message>
            <source>not checked yet</source>
            <translation>noch nicht geprüft</translation>
        </message>
        <message>
            <source>starting</source>
            <translation>startet</translation>
        </message>
        <message>
            <source>switched off</source>
            <translation>ausgeschaltet</translation>
        </message>
        <message>
            <source>working</source>
            <translation>funktioniert</translation>
        </message>
        <message>
            <source>Hardware</source>
            <comment>start-up step</comment>
            <translation>Hardware</translation>
        </message>
        <message>
            <source>Disks</source>
            <comment>start-up step</comment>
            <translation>Festplatten</translation>
        </message>
        <message>
            <source>Network</source>
            <comment>start-up step</comment>
            <translation>Netzwerk</translation>
        </message>
        <message>
            <source>Time</source>
            <comment>start-up step</comment>
            <translation>Zeit</translation>
        </message>
        <message>
            <source>Node identity</source>
            <comment>start-up step</comment>
            <translation>Knotenidentität</translation>
        </message>
        <message>
            <source>TFChain</source>
            <comment>start-up step</comment>
            <translation>TFChain</translation>
        </message>
        <message>
            <source>Registration</source>
            <comment>start-up step</comment>
            <translation>Registrierung</translation>
        </message>
        <message>
            <source>Message bus</source>
            <comment>start-up step</comment>
            <translation>Nachrichten</translation>
        </message>
        <message>
            <source>Workloads</source>
            <comment>start-up step</comment>
            <translation>Workloads</translation>
        </message>
        <message>
            <source>Update</source>
            <comment>start-up step</comment>
            <translation>Update</translation>
        </message>
        <message>
            <source>looking at the hardware</source>
            <translation>sieht sich die Hardware an</translation>
        </message>
        <message>
            <source>preparing disks</source>
            <translation>bereitet Platten vor</translation>
        </message>
        <message>
            <source>waiting for an address</source>
            <translation>wartet auf eine Adresse</translation>
        </message>
        <message>
            <source>asking for the time</source>
            <translation>fragt nach der Zeit</translation>
        </message>
        <message>
            <source>loading keys</source>
            <translation>lädt Schlüssel</translation>
        </message>
        <message>
            <source>connecting</source>
            <translation>verbindet</translation>
        </message>
        <message>
            <source>registering the node</source>
            <translation>registriert den Knoten</translation>
        </message>
        <message>
            <source>bringing workloads back</source>
            <translation>holt Workloads zurück</translation>
        </message>
        <message>
            <source>looking for an update</source>
            <translation>sucht ein Update</translation>
        </message>
        <message>
            <source>running</source>
            <comment>workload</comment>
            <translation>läuft</translation>
        </message>
        <message>
            <source>failed</source>
            <comment>workload</comment>
            <translation>fehlgeschlagen</translation>
        </message>
        <message>
            <source>paused</source>
            <comment>workload</comment>
            <translation>pausiert</translation>
        </message>
        <message>
            <source>starting</source>
            <comment>workload</comment>
            <translation>startet</translation>
        </message>
        <message>
            <source>deleted</source>
            <comment>workload</comment>
            <translation>gelöscht</translation>
        </message>
        <message>
            <source>unknown</source>
            <comment>workload</comment>
            <translation>unbekannt</translation>
        </message>
        <message>
            <source>healthy</source>
            <comment>disk</comment>
            <translation>gesund</translation>
        </message>
        <message>
            <source>not checked</source>
            <comment>disk</comment>
            <translation>nicht geprüft</translation>
        </message>
        <message numerus="yes">
            <source>%n reallocated sector(s)</source>
            <translation>
                <numerusform>%n ersetzter Sektor</numerusform>
                <numerusform>%n ersetzte Sektoren</numerusform>
            </translation>
        </message>
        <message>
            <source>wearing out</source>
            <comment>disk</comment>
            <translation>lässt nach</translation>
        </message>
        <message>
            <source>no answer</source>
            <comment>disk</comment>
            <translation>keine Antwort</translation>
        </message>
        <message>
            <source>failing</source>
            <comment>disk</comment>
            <translation>fällt aus</translation>
        </message>
        <message>
            <source>too hot</source>
            <comment>disk</comment>
            <translation>zu heiß</translation>
        </message>
        <message>
            <source>holds other data</source>
            <comment>disk</comment>
            <translation>andere Daten</translation>
        </message>
        <message>
            <source>behind RAID</source>
            <comment>disk</comment>
            <translation>hinter RAID</translation>
        </message>
        <message>
            <source>NODE</source>
            <comment>network port badge</comment>
            <translation>KNOTEN</translation>
        </message>
        <message>
            <source>PUBLIC</source>
            <comment>network port badge</comment>
            <translation>ÖFFENTLICH</translation>
        </message>
        <message>
            <source>MEMBER</source>
            <comment>network port badge</comment>
            <translation>MITGLIED</translation>
        </message>
        <message>
            <source>Writing system image %1</source>
            <translation>Systemabbild %1 wird geschrieben</translation>
        </message>
        <message>
            <source>Downloading</source>
            <translation>Wird geladen</translation>
        </message>
        <message>
            <source>Checking the signature</source>
            <translation>Signatur wird geprüft</translation>
        </message>
        <message>
            <source>Restarting soon</source>
            <translation>Neustart in Kürze</translation>
        </message>
        <message>
            <source>Installing</source>
            <translation>Wird installiert</translation>
        </message>
        <message>
            <source>serial %1</source>
            <translation>SN %1</translation>
        </message>
        <message>
            <source>bay %1</source>
            <translation>Schacht %1</translation>
        </message>
        <message>
            <source>Ledger</source>
            <translation>Hauptbuch</translation>
        </message>
        <message>
            <source>clock of this machine</source>
            <translation>Uhr dieser Maschine</translation>
        </message>
        <message>
            <source>Ledger</source>
            <comment>start-up step</comment>
            <translation>Hauptbuch</translation>
        </message>
    </context>
    <context>
        <name>RowWords</name>
        <message>
            <source>reserved</source>
            <translation>reserviert</translation>
        </message>
        <message>
            <source>none found</source>
            <translation>keine gefunden</translation>
        </message>
        <message numerus="yes">
            <source>%n thread(s)</source>
            <translation>
                <numerusform>%n Thread</numerusform>
                <numerusform>%n Threads</numerusform>
            </translation>
        </message>
        <message>
            <source>%1 SSD · %2 HDD</source>
            <translation>%1 SSD · %2 HDD</translation>
        </message>
        <message>
            <source>synchronised</source>
            <translation>synchron</translation>
        </message>
        <message>
            <source>not synchronised</source>
            <translation>nicht synchron</translation>
        </message>
        <message>
            <source>written: %1</source>
            <translation>beschrieben: %1</translation>
        </message>
        <message>
            <source>Processor</source>
            <translation>Prozessor</translation>
        </message>
        <message numerus="yes">
            <source>%n vCPU</source>
            <translation>
                <numerusform>%n vCPU</numerusform>
                <numerusform>%n vCPU</numerusform>
            </translation>
        </message>
        <message>
            <source>busy now: %1</source>
            <translation>derzeit belastet: %1</translation>
        </message>
        <message>
            <source>busy %1</source>
            <comment>short</comment>
            <translation>belastet %1</translation>
        </message>
        <message>
            <source>Memory</source>
            <translation>Arbeitsspeicher</translation>
        </message>
        <message>
            <source>in use now: %1</source>
            <translation>derzeit belegt: %1</translation>
        </message>
        <message>
            <source>in use %1</source>
            <comment>short</comment>
            <translation>belegt %1</translation>
        </message>
        <message>
            <source>SSD</source>
            <translation>SSD</translation>
        </message>
        <message>
            <source>HDD</source>
            <translation>HDD</translation>
        </message>
        <message>
            <source>for %1</source>
            <comment>age of an alert</comment>
            <translation>seit %1</translation>
        </message>
    </context>
    <context>
        <name>Storage</name>
        <message numerus="yes">
            <source>%n more</source>
            <translation>
                <numerusform>%n weiterer</numerusform>
                <numerusform>%n weitere</numerusform>
            </translation>
        </message>
        <message>
            <source>reserved · written</source>
            <translation>reserviert · beschrieben</translation>
        </message>
        <message>
            <source>Pools</source>
            <translation>Pools</translation>
        </message>
    </context>
    <context>
        <name>Update</name>
        <message>
            <source>Installing an update</source>
            <translation>Ein Update wird installiert</translation>
        </message>
    </context>
    <context>
        <name>Workloads</name>
        <message>
            <source>page %1 of %2</source>
            <translation>Seite %1 von %2</translation>
        </message>
        <message>
            <source>Type</source>
            <translation>Art</translation>
        </message>
        <message>
            <source>State</source>
            <translation>Zustand</translation>
        </message>
        <message>
            <source>Size</source>
            <translation>Größe</translation>
        </message>
        <message>
            <source>Contract</source>
            <translation>Vertrag</translation>
        </message>
        <message>
            <source>Twin</source>
            <translation>Twin</translation>
        </message>
        <message>
            <source>Age</source>
            <translation>Alter</translation>
        </message>
        <message>
            <source>No workloads yet</source>
            <translation>Noch keine Workloads</translation>
        </message>
    </context>
</TS>
