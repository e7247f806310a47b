// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/units.h"
#include "core/identity/secretbytes.h"

#include <QByteArray>
#include <QString>
#include <QStringList>

#include <cstdio>

namespace zos::app {

// Columns of text, each as wide as its widest cell. Cells may come from outside: control characters
// never reach the terminal.
class Table
{
public:
    explicit Table(QStringList header);
    void add(QStringList row);
    bool isEmpty() const { return m_rows.size() == 1; }
    QString text() const;

private:
    QList<QStringList> m_rows;
};

// On a terminal each show() replaces the last one; elsewhere only new lines are written.
class LiveText
{
public:
    explicit LiveText(std::FILE *stream);
    void show(const QString &text);

private:
    std::FILE *m_stream;
    bool m_terminal;
    QString m_last;
};

void printText(const QString &text); // to standard output, as it is
void printJson(const QByteArray &json); // one line
void printSecret(const SecretBytes &secret); // as it is, from where it is
void printError(const QString &text);

QString harmless(const QString &outside); // control characters as spaces
QByteArray indentedJson(const QByteArray &json); // numbers stay as they are
QString sizeText(Bytes size); // "1.5 GiB"

} // namespace zos::app
