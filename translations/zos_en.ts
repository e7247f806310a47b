<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en_US" sourcelanguage="en">
<context>
    <name>Events</name>
    <message numerus="yes">
        <source>%n more alert(s)</source>
        <translation type="unfinished">
            <numerusform></numerusform>
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <source>newest at the bottom</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Log</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing yet</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>FactWords</name>
    <message>
        <source>Node %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unregistered node</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No data from the node</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The node service has been silent for %1. Figures below are old.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Everything is working</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>%n workload(s) running</source>
        <translation type="unfinished">
            <numerusform></numerusform>
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <source>The node needs attention</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>up %1</source>
        <comment>time since boot</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Downloading %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Starting up</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Waiting for the node service</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The node service has not answered yet. Wait a few minutes or send a photo of this screen.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Step %1 of %2 failed. The node tries again by itself.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Step %1 of %2. Nothing to do: the node configures itself.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>zos %1 → %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Workloads keep running. Do not switch the machine off.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Machines start again after the restart. Do not switch the machine off.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Console and node do not match</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The node speaks %1, this screen %2. Restart the machine when it suits you.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The node&apos;s status cannot be read</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Workloads are not affected by this screen.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The node service has been silent for %1.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Switching off</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The farm asked this node to sleep.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Shutting down</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Wait until the machine is off.</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>%n workload(s)</source>
        <translation type="unfinished">
            <numerusform></numerusform>
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <source>%1 of %2 connected</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>not set</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Fmt</name>
    <message numerus="yes">
        <source>%n day(s)</source>
        <comment>duration</comment>
        <translation type="unfinished">
            <numerusform></numerusform>
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <source>%1 h</source>
        <comment>hours</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 min</source>
        <comment>minutes</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 s</source>
        <comment>seconds</comment>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Footer</name>
    <message>
        <source>Overview</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Network</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Storage</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Workloads</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Events</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Read-only display</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Hero</name>
    <message>
        <source>more</source>
        <comment>further alerts</comment>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Network</name>
    <message numerus="yes">
        <source>%1, %n more</source>
        <translation type="unfinished">
            <numerusform></numerusform>
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <source>Network ports</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Addresses</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Public configuration</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Workloads of this node reach the internet through the local network.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>NoFarm</name>
    <message>
        <source>No farm configured</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This node does not know which farm it belongs to. It stays idle until it is started with a farm id.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Two ways to set it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>1.  Boot option:  farmer_id=&lt;id&gt; runmode=prod</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>2.  A file zos.json on a USB stick labelled ZOS-CONFIG</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This machine</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Address</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>MAC</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Scan for the guide</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Overview</name>
    <message>
        <source>Connections</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Workloads</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Node page</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Scan to open</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>PartWords</name>
    <message>
        <source>SSD</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>HDD</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>connected</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>no cable</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>single</source>
        <comment>exit device</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>dual</source>
        <comment>exit device</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Host name</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Gateway</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>DNS</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Yggdrasil</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mycelium</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Exit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>IPv4</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>IPv4 gateway</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>IPv6</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>IPv6 gateway</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Domain</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>serial %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>bay %1</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Phrases</name>
    <message>
        <source>Unknown problem</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The number on the right tells support what it is.</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>%1 — %n reallocated sector(s), rising</source>
        <translation type="unfinished">
            <numerusform></numerusform>
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <source>Disk %1 is wearing out</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Plan a replacement. The disk is still in use.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Disk %1 does not answer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reseat or replace this disk.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Disk %1 is failing</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Replace this disk soon.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Disk %1 is too hot</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Check the airflow around this disk.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Disk %1 is not used</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It holds other data and was left untouched.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Disks are behind a RAID controller</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 is in RAID mode: disk health is hidden from the node</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Switch the controller to JBOD / HBA mode in its setup.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No SSD found</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The cache is kept in memory and the node cannot register.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The node needs an SSD to join the grid.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pool %1 is damaged</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Data on this pool is at risk: see its disk.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pool %1 is read-only</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pool %1 is full</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>New workloads are refused.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The cache cannot be written</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Uptime reports stop until this is fixed.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Running workloads are not affected.</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>No answer from %n server(s), first %1</source>
        <translation type="unfinished">
            <numerusform></numerusform>
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <source>TFChain cannot be reached</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Check the cable, the router and the internet line. The node retries by itself.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>TFChain is not moving</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing to do: the chain itself is slow.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Registration was refused</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The node tries again by itself.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Users cannot reach the node</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No way to the message bus.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Yggdrasil has no peers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Outgoing TCP to the peers may be blocked.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Images cannot be fetched</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>New machines wait; running ones are not affected.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The clock is not synchronised</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Allow UDP port 123 to the internet.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No network cable</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No port has a link.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Plug in a network cable.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No network address</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Check that the router gives out addresses (DHCP).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Slow link on %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Check cable and switch port.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No internet</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>None of the probes answers.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Check the router and the internet line.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Public network does not work</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Check the second cable or the VLAN.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The update failed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The update was taken back</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The new version did not become healthy.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The node went back to %1.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A workload failed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Contract %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The user sees the reason.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No farm configured</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The node does not know which farm it belongs to.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Start the node with farmer_id=&lt;id&gt;, or use a stick labelled ZOS-CONFIG.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A boot option is wrong</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 = %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Correct the boot option.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Farm %1 does not exist</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The chain does not know this farm.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Check the farm number on the dashboard.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Two settings disagree</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The value from %1 is used.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Virtualisation is switched off</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The node cannot start machines.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Switch on virtualisation (VT-x / AMD-V) in the BIOS.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Memory errors</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Memory module %1 is failing.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Plan a replacement.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The machine is too hot</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Check fans and dust.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The last run ended in a crash</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>If it repeats, test memory and power.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>PRODUCTION</source>
        <comment>network badge</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>TESTING</source>
        <comment>network badge</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>QA</source>
        <comment>network badge</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>DEVELOPMENT</source>
        <comment>network badge</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>LOCAL</source>
        <comment>network badge: a network made by the node itself</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>UNKNOWN</source>
        <comment>network badge</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Local network</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Internet</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>TFChain</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Message bus</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Yggdrasil</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mycelium</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Image hub</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Grid index</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Time sync</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>block %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>kept on this machine</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>unreachable for %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>unreachable</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>%1 of %n relay(s)</source>
        <translation type="unfinished">
            <numerusform></numerusform>
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <source>direct, ready</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>%n peer(s)</source>
        <translation type="unfinished">
            <numerusform></numerusform>
            <numerusform></numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>0 peers, %n on the local network</source>
        <translation type="unfinished">
            <numerusform></numerusform>
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <source>offset %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>synchronised</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>not synchronised</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>not checked yet</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>starting</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>switched off</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>working</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Hardware</source>
        <comment>start-up step</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Disks</source>
        <comment>start-up step</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Network</source>
        <comment>start-up step</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Time</source>
        <comment>start-up step</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Node identity</source>
        <comment>start-up step</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>TFChain</source>
        <comment>start-up step</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Registration</source>
        <comment>start-up step</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Message bus</source>
        <comment>start-up step</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Workloads</source>
        <comment>start-up step</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Update</source>
        <comment>start-up step</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>looking at the hardware</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>preparing disks</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>waiting for an address</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>asking for the time</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>loading keys</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>connecting</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>registering the node</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>bringing workloads back</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>looking for an update</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>running</source>
        <comment>workload</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>failed</source>
        <comment>workload</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>paused</source>
        <comment>workload</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>starting</source>
        <comment>workload</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>deleted</source>
        <comment>workload</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>unknown</source>
        <comment>workload</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>healthy</source>
        <comment>disk</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>not checked</source>
        <comment>disk</comment>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>%n reallocated sector(s)</source>
        <translation type="unfinished">
            <numerusform></numerusform>
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <source>wearing out</source>
        <comment>disk</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>no answer</source>
        <comment>disk</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>failing</source>
        <comment>disk</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>too hot</source>
        <comment>disk</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>holds other data</source>
        <comment>disk</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>behind RAID</source>
        <comment>disk</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>NODE</source>
        <comment>network port badge</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>PUBLIC</source>
        <comment>network port badge</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>MEMBER</source>
        <comment>network port badge</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Writing system image %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Downloading</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Checking the signature</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Restarting soon</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Installing</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>serial %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>bay %1</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>RowWords</name>
    <message>
        <source>reserved</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>none found</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>%n thread(s)</source>
        <translation type="unfinished">
            <numerusform></numerusform>
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <source>%1 SSD · %2 HDD</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>synchronised</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>not synchronised</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>written: %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Processor</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>%n vCPU</source>
        <translation type="unfinished">
            <numerusform></numerusform>
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <source>busy now: %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>busy %1</source>
        <comment>short</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Memory</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>in use now: %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>in use %1</source>
        <comment>short</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>SSD</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>HDD</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>for %1</source>
        <comment>age of an alert</comment>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Storage</name>
    <message numerus="yes">
        <source>%n more</source>
        <translation type="unfinished">
            <numerusform></numerusform>
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <source>reserved · written</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pools</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Update</name>
    <message>
        <source>Installing an update</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Workloads</name>
    <message>
        <source>page %1 of %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Type</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>State</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Size</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Contract</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Twin</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Age</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No workloads yet</source>
        <translation type="unfinished"></translation>
    </message>
</context>
</TS>
