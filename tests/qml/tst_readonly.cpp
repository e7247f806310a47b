// SPDX-License-Identifier: Apache-2.0
#include "qml/models/consolestate.h"
#include "qml/view/qrcode.h"
#include "tests/support/runner.h"

#include <QDirIterator>
#include <QFile>
#include <QMetaProperty>
#include <QRawFont>
#include <QRegularExpression>
#include <QXmlStreamReader>

using namespace zos;
using namespace Qt::StringLiterals;

// The console can show and nothing else: by construction of its types and by the text of its pages.
class TestReadOnly : public QObject
{
    Q_OBJECT

private:
    static QString read(const QString &path)
    {
        QFile file(path);
        return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll()) : QString();
    }
    static QStringList files(const QString &folder, const QString &pattern)
    {
        QStringList list;
        QDirIterator found(folder, { pattern }, QDir::Files, QDirIterator::Subdirectories);
        while (found.hasNext())
            list += found.next();
        return list;
    }
    static QList<const QMetaObject *> exposed()
    {
        return { &console::ConsoleState::staticMetaObject,
            &console::KeyedListModel::staticMetaObject, &console::QrCode::staticMetaObject,
            &console::HeaderFacts::staticMetaObject, &console::HeroFacts::staticMetaObject,
            &console::FooterFacts::staticMetaObject, &console::BootFacts::staticMetaObject,
            &console::UpdateFacts::staticMetaObject, &console::MessageFacts::staticMetaObject,
            &console::MachineFacts::staticMetaObject, &console::OverviewFacts::staticMetaObject };
    }

private Q_SLOTS:
    void everyExposedTypeIsInThisTest()
    {
        qsizetype declared = 0;
        static const QRegularExpression element(
            u"^\\s*QML_(ELEMENT|VALUE_TYPE|NAMED_ELEMENT|ANONYMOUS)"_s,
            QRegularExpression::MultilineOption);
        for (const auto &file : files(QStringLiteral(ZOS_QML_SOURCES), u"*.h"_s))
            declared += read(file).count(element);
        QCOMPARE(declared, exposed().size());
    }
    void nothingCanBeWrittenOrCalled()
    {
        for (const QMetaObject *type : exposed()) {
            for (int i = type->propertyOffset(); i < type->propertyCount(); ++i) {
                const QMetaProperty property = type->property(i);
                QVERIFY2(!property.isWritable() && !property.isResettable(), property.name());
                QVERIFY2(
                    property.isFinal() && (property.isConstant() || property.hasNotifySignal()),
                    property.name());
            }
            for (int i = type->methodOffset(); i < type->methodCount(); ++i) {
                const QMetaMethod method = type->method(i);
                QVERIFY2(method.methodType() == QMetaMethod::Signal
                        || (method.methodType() == QMetaMethod::Method && method.isConst()),
                    method.methodSignature().constData());
            }
        }
    }
    void pagesHoldNothingThatActs()
    {
        static const QRegularExpression forbidden(
            u"MouseArea|TapHandler|DragHandler|HoverHandler|PointHandler|Keys\\.|Shortcut|"
            u"TextInput|TextEdit|FocusScope|XMLHttpRequest"
            "|WebSocket|openUrlExternally|Process|Connections\\s*\\{|Behavior\\s+on|Animation|"
            "Timer\\s*\\{|ShaderEffect|layer\\.|"
            "RichText|StyledText|MarkdownText|QtQuick\\.Controls|\\bscale:|property var|\\beval\\b|createQmlObject|import \"|\\.js\""_s);
        const QStringList pages = files(QStringLiteral(ZOS_QML_SOURCES), u"*.qml"_s);
        QVERIFY(pages.size() > 20);
        for (const auto &page : pages) {
            const auto found = forbidden.match(read(page));
            QVERIFY2(!found.hasMatch(), qPrintable(page + u": "_s + found.captured()));
        }
    }
    void everyTextIsPlain()
    {
        // Text itself appears once, in the component that makes it plain.
        static const QRegularExpression bare(
            u"^\\s*Text\\s*\\{"_s, QRegularExpression::MultilineOption);
        for (const auto &page : files(QStringLiteral(ZOS_QML_SOURCES), u"*.qml"_s)) {
            const QString source = read(page);
            QCOMPARE(source.count(bare), page.endsWith("/Label.qml"_L1) ? 1 : 0);
            if (page.endsWith("/Label.qml"_L1))
                QVERIFY(source.contains(u"textFormat: Text.PlainText"));
        }
    }
    void translationsAreComplete_data()
    {
        QTest::addColumn<QString>("file");
        for (const auto &file : files(QStringLiteral(ZOS_TRANSLATIONS), u"zos_*.ts"_s))
            QTest::newRow(qPrintable(file.section(u'/', -1))) << file;
    }
    void translationsAreComplete()
    {
        QFETCH(const QString, file);
        QFile text(file);
        QVERIFY(text.open(QIODevice::ReadOnly));
        QXmlStreamReader xml(&text);
        QString source;
        QStringList all;
        while (!xml.atEnd()) {
            if (xml.readNext() != QXmlStreamReader::StartElement)
                continue;
            if (xml.name() == "translation"_L1)
                QVERIFY2(!xml.attributes().hasAttribute(u"type"_s),
                    qPrintable(source + u" is unfinished"_s));
            if (xml.name() == "source"_L1)
                source = xml.readElementText();
            else if (xml.name() == "numerusform"_L1)
                all += xml.readElementText();
            else if (xml.name() == "translation"_L1
                && xml.readNext() == QXmlStreamReader::Characters && !xml.isWhitespace())
                all += xml.text().toString();
        }
        QVERIFY2(!xml.hasError(), qPrintable(xml.errorString()));
        QVERIFY(all.size() > 10);
        const QRawFont font(u":/fonts/Inter-Regular.otf"_s, 20);
        const QRawFont bold(u":/fonts/InterDisplay-Bold.otf"_s, 20);
        QVERIFY(font.isValid() && bold.isValid());
        for (const auto &words : std::as_const(all))
            for (const QChar c : words) {
                QVERIFY2(font.supportsCharacter(c), qPrintable(words));
                QVERIFY2(bold.supportsCharacter(c), qPrintable(words));
            }
    }
    void fontsCoverTheSigns()
    {
        const QRawFont mono(u":/fonts/JetBrainsMono-Regular.ttf"_s, 20);
        const QRawFont sans(u":/fonts/Inter-Regular.otf"_s, 20);
        for (const QChar c : u"↓↑·–→…äöüÄÖÜß"_s)
            QVERIFY2(sans.supportsCharacter(c), qPrintable(QString(c)));
        for (const QChar c : u"0123456789abcdef:./()+-…"_s)
            QVERIFY2(mono.supportsCharacter(c), qPrintable(QString(c)));
    }
    void codesFollowTheText()
    {
        const console::QrCode code;
        QCOMPARE(code.modules({}), 0);
        QCOMPARE(code.modules(QString(5000, u'x')), 0);
        const QString address
            = u"https://dashboard.test.grid.tf/#/deploy/node-finder/?nodeId=7421"_s;
        QVERIFY(code.modules(address) >= 21);
        QVERIFY(code.path(address, 3, 9).startsWith("M9 9h21v3h-21z"_L1)); // the finder pattern
    }
};

ZOS_TEST(TestReadOnly)
#include "tst_readonly.moc"
