<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<!-- SPDX-License-Identifier: Apache-2.0 -->
<TS version="2.1" language="en" sourcelanguage="en">
    <context>
        <name>Events</name>
        <message numerus="yes">
            <source>%n more alert(s)</source>
            <translation>
                <numerusform>%n more alert</numerusform>
                <numerusform>%n more alerts</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>FactWords</name>
        <message numerus="yes">
            <source>%n workload(s) running</source>
            <translation>
                <numerusform>%n workload running</numerusform>
                <numerusform>%n workloads running</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n workload(s)</source>
            <translation>
                <numerusform>%n workload</numerusform>
                <numerusform>%n workloads</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>Fmt</name>
        <message numerus="yes">
            <source>%n day(s)</source>
            <comment>duration</comment>
            <translation>
                <numerusform>%n day</numerusform>
                <numerusform>%n days</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>Network</name>
        <message numerus="yes">
            <source>%1, %n more</source>
            <translation>
                <numerusform>%1, %n more</numerusform>
                <numerusform>%1, %n more</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>Phrases</name>
        <message numerus="yes">
            <source>%1 — %n reallocated sector(s), rising</source>
            <translation>
                <numerusform>%1 — %n reallocated sector, rising</numerusform>
                <numerusform>%1 — %n reallocated sectors, rising</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>No answer from %n server(s), first %1</source>
            <translation>
                <numerusform>No answer from %n server, first %1</numerusform>
                <numerusform>No answer from %n servers, first %1</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%1 of %n relay(s)</source>
            <translation>
                <numerusform>%1 of %n relay</numerusform>
                <numerusform>%1 of %n relays</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n peer(s)</source>
            <translation>
                <numerusform>%n peer</numerusform>
                <numerusform>%n peers</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>0 peers, %n on the local network</source>
            <translation>
                <numerusform>0 peers, %n on the local network</numerusform>
                <numerusform>0 peers, %n on the local network</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n reallocated sector(s)</source>
            <translation>
                <numerusform>%n reallocated sector</numerusform>
                <numerusform>%n reallocated sectors</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>RowWords</name>
        <message numerus="yes">
            <source>%n thread(s)</source>
            <translation>
                <numerusform>%n thread</numerusform>
                <numerusform>%n threads</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n vCPU</source>
            <translation>
                <numerusform>%n vCPU</numerusform>
                <numerusform>%n vCPU</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>Storage</name>
        <message numerus="yes">
            <source>%n more</source>
            <translation>
                <numerusform>%n more</numerusform>
                <numerusform>%n more</numerusform>
            </translation>
        </message>
    </context>
</TS>
