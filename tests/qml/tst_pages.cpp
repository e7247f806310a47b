// SPDX-License-Identifier: Apache-2.0
#include "qml/view/consoleview.h"
#include "tests/qml/statuscases.h"
#include "tests/support/runner.h"

#include <QFontDatabase>
#include <QImage>
#include <QQuickItem>

#include <cmath>

using namespace zos;
using namespace Qt::StringLiterals;

// Loads every page at every size in every language with every valid document and walks what is on
// the screen: nothing outside its frame, nothing cut that must not be, nothing too small.
class TestPages : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void cleanupTestCase() { m_view.reset(); }
    void structure_data();
    void structure();
    void oldDataIsSaid();
    void pictureIsTheSameTwice();
    void contrastIsEnough();
    void rotationFollowsTheTicks();

private:
    void show(const QSize &size, const QString &language, const QJsonObject &document,
        const QString &page);
    QStringList faults() const;
    void walk(QQuickItem *item, const QRectF &clip, QStringList &faults,
        QList<std::pair<QRectF, QString>> &seen) const;
    QString faultOf(QQuickItem *text) const;
    QVariant theme(const char *name) const;

    FakeClock m_clock;
    std::unique_ptr<console::ConsoleState> m_state;
    std::unique_ptr<console::ConsoleView> m_view;
};

namespace pagetest {
// Texts that may end in an ellipsis: they come from outside and have no bound that fits a screen.
const QStringList mayBeCut { u"farmName"_s, u"logText"_s, u"logUnit"_s, u"sizeOrReason"_s,
    u"alertDetail"_s, u"factValue"_s, u"diskModel"_s, u"diskPlace"_s };

QRectF onScreen(const QQuickItem *item, const QRectF &rect)
{
    return item->mapRectToScene(rect);
}

bool inside(const QRectF &outer, const QRectF &inner)
{
    return outer.adjusted(-1.5, -1.5, 1.5, 1.5).contains(inner);
}

// What is really painted, not the box around it.
QRectF painted(const QQuickItem *text)
{
    const double width = std::min(text->property("contentWidth").toDouble(), text->width());
    const double height = std::min(text->property("contentHeight").toDouble(), text->height());
    const int alignment = text->property("effectiveHorizontalAlignment").toInt();
    const double x = alignment == Qt::AlignRight ? text->width() - width
        : alignment == Qt::AlignHCenter          ? (text->width() - width) / 2
                                                 : 0;
    return onScreen(text, { x, (text->height() - height) / 2, width, height });
}
} // namespace pagetest
using namespace pagetest;

void TestPages::initTestCase()
{
    m_state = std::make_unique<console::ConsoleState>(m_clock);
    m_state->freezeAt(std::nullopt);
    m_view = std::make_unique<console::ConsoleView>(*m_state, QSize(1024, 768), u"overview"_s);
    m_view->window().show();
    QCOMPARE(m_view->warnings(), QStringList());
    for (const auto &family : { u"Inter"_s, u"Inter Display"_s, u"JetBrains Mono"_s })
        QVERIFY2(QFontDatabase::hasFamily(family), qPrintable(family));
}

void TestPages::show(
    const QSize &size, const QString &language, const QJsonObject &document, const QString &page)
{
    m_view->window().resize(size);
    if (m_state->language() != language)
        m_state->forceLanguage(language);
    m_view->window().rootObject()->setProperty("pinnedPage", page);
    m_state->apply(document);
    QCoreApplication::processEvents();
    m_view->window().grabWindow(); // lays everything out
}

QString TestPages::faultOf(QQuickItem *text) const
{
    const QString words = text->property("text").toString();
    const QFont font = text->property("font").value<QFont>();
    const int smallest = text->property("fontSizeMode").toInt() == 0
        ? font.pixelSize()
        : text->property("minimumPixelSize").toInt();
    if (smallest < 12)
        return u"smaller than 12 px: "_s + words;
    if (text->property("truncated").toBool() && !mayBeCut.contains(text->objectName()))
        return u"cut: "_s + words;
    if (text->property("contentWidth").toDouble() > text->width() + 1.5)
        return u"wider than its box: "_s + words;
    if (words.contains(u"%1") || words.contains(u"%n") || words.contains(u"undefined")
        || words.contains(u"NaN"))
        return u"unfilled: "_s + words;
    const QRectF area = painted(text);
    const QQuickWindow &window = m_view->window();
    if (!inside(QRectF(0, 0, window.width(), window.height()), area))
        return u"outside the window: "_s + words;
    const QQuickItem *const parent = text->parentItem();
    if (!inside(onScreen(parent, parent->boundingRect()), area))
        return u"outside its parent: "_s + words;
    return {};
}

void TestPages::walk(QQuickItem *item, const QRectF &clip, QStringList &list,
    QList<std::pair<QRectF, QString>> &seen) const
{
    if (!item->isVisible() || item->opacity() == 0)
        return;
    QRectF visible = clip;
    if (item->clip())
        visible = visible.intersected(onScreen(item, item->boundingRect()));
    if (item->inherits("QQuickText") && !item->property("text").toString().isEmpty()
        && visible.intersects(painted(item))) {
        if (const QString fault = faultOf(item); !fault.isEmpty())
            list += fault;
        const QRectF area = painted(item);
        for (const auto &[other, words] : std::as_const(seen)) {
            const QRectF both = area.intersected(other);
            if (both.width() * both.height()
                > 0.35 * std::min(area.width() * area.height(), other.width() * other.height()))
                list += u"over each other: "_s + words + u" / "_s
                    + item->property("text").toString();
        }
        seen += std::pair(area, item->property("text").toString());
    }
    // A frame that sticks out of the window is a fault whatever is in it.
    if (item->inherits("QQuickRectangle")
        && !inside(QRectF(0, 0, m_view->window().width(), m_view->window().height()),
            onScreen(item, item->boundingRect()).intersected(visible)))
        list += u"a frame leaves the window"_s;
    const auto children = item->childItems();
    for (QQuickItem *child : children)
        walk(child, visible, list, seen);
}

QStringList TestPages::faults() const
{
    QStringList list;
    QList<std::pair<QRectF, QString>> seen;
    walk(m_view->window().rootObject(),
        QRectF(0, 0, m_view->window().width(), m_view->window().height()), list, seen);
    if (seen.size() < 4)
        list += u"nearly nothing on the screen"_s;
    return list;
}

void TestPages::structure_data()
{
    QTest::addColumn<QSize>("size");
    QTest::addColumn<QString>("language");
    for (const QSize &size : { QSize(640, 480), QSize(800, 600), QSize(1024, 768),
             QSize(1080, 1920), QSize(1920, 1080), QSize(3840, 2160) })
        for (const auto &language : { u"en"_s, u"de"_s })
            QTest::addRow("%dx%d %s", size.width(), size.height(), qPrintable(language))
                << size << language;
}

void TestPages::structure()
{
    QFETCH(const QSize, size);
    QFETCH(const QString, language);
    // Two of the four thousand pixel pictures of a document are enough: the class is the same as
    // 1080p.
    const bool large = size.width() > 2000;
    QStringList all;
    for (const auto &entry : testing::statusCases()) {
        if (!entry.valid
            || (large && entry.name != "running-warn"_L1 && entry.name != "long-strings"_L1))
            continue;
        show(size, language, entry.document, u"overview"_s);
        const QStringList pages
            = m_state->view() == "pages"_L1 ? m_state->pages() : QStringList { u"overview"_s };
        for (const auto &page : pages) {
            show(size, language, entry.document, page);
            for (const auto &fault : faults())
                all += entry.name + u'/' + page + u": "_s + fault;
        }
    }
    all.removeDuplicates();
    QVERIFY2(all.isEmpty(), qPrintable(u'\n' + all.join(u'\n')));
    QCOMPARE(m_view->warnings(), QStringList());
}

void TestPages::oldDataIsSaid()
{
    FakeClock clock;
    console::ConsoleState state(clock);
    console::ConsoleView view(state, QSize(1024, 768), {});
    view.window().show();
    QJsonObject document = testing::statusDocument(u"running-ok"_s);
    document[u"mono_ms"_s] = qint64(clock.monotonic().count());
    state.apply(document);
    const QImage fresh = view.window().grabWindow();
    clock.advance(std::chrono::seconds(12));
    state.tick();
    const QImage old = view.window().grabWindow();
    QVERIFY(fresh != old);
    QVERIFY(old.pixelColor(40, 110) != fresh.pixelColor(40, 110));
    QCOMPARE(view.warnings(), QStringList());
}

void TestPages::pictureIsTheSameTwice()
{
    show(QSize(1024, 768), u"en"_s, testing::statusDocument(u"running-warn"_s), u"overview"_s);
    const QImage first = m_view->window().grabWindow();
    show(QSize(1024, 768), u"en"_s, testing::statusDocument(u"chain-unreachable"_s), u"events"_s);
    QVERIFY(m_view->window().grabWindow() != first);
    show(QSize(1024, 768), u"en"_s, testing::statusDocument(u"running-warn"_s), u"overview"_s);
    QCOMPARE(m_view->window().grabWindow(), first);
    QCOMPARE(first.size(), QSize(1024, 768));
    // The hero's frame is amber, the node page's paper is light.
    QCOMPARE(first.pixelColor(500, 59), QColor(0xFF, 0xC9, 0x4A));
    QVERIFY(first.pixelColor(808, 490).lightness() > 230);
}

QVariant TestPages::theme(const char *name) const
{
    QObject *const object
        = m_view->window().engine()->singletonInstance<QObject *>("Zos.Console", "Theme");
    return object->property(name);
}

void TestPages::contrastIsEnough()
{
    const auto luminance = [](const QColor &color) {
        const auto channel = [](double value) {
            return value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
        };
        return 0.2126 * channel(color.redF()) + 0.7152 * channel(color.greenF())
            + 0.0722 * channel(color.blueF());
    };
    const auto contrast = [&](const QColor &a, const QColor &b) {
        return (std::max(luminance(a), luminance(b)) + 0.05)
            / (std::min(luminance(a), luminance(b)) + 0.05);
    };
    for (const char *word : { "text", "text2", "text3", "warn", "critText", "accentText" })
        for (const char *ground : { "bg", "panel" })
            QVERIFY2(
                contrast(theme(word).value<QColor>(), theme(ground).value<QColor>()) >= 7, word);
    for (const QColor tint :
        { QColor(0x10, 0x2B, 0x20), QColor(0x30, 0x28, 0x0F), QColor(0x36, 0x16, 0x0E) })
        for (const char *word : { "text", "text2", "warn", "critText" })
            QVERIFY2(contrast(theme(word).value<QColor>(), tint) >= 7, word);
}

void TestPages::rotationFollowsTheTicks()
{
    FakeClock clock;
    console::ConsoleState state(clock);
    console::ConsoleView view(state, QSize(1024, 768), {});
    view.window().show();
    QJsonObject document = testing::statusDocument(u"running-ok"_s);
    document[u"mono_ms"_s] = qint64(clock.monotonic().count());
    state.apply(document);
    const auto shown = [&view] {
        // The footer's bold word is the page.
        QString bold;
        const auto search = [&bold](const auto &self, QQuickItem *item) -> void {
            if (item->inherits("QQuickText") && item->isVisible()
                && item->parentItem()->property("here").toBool())
                bold = item->property("text").toString();
            const auto children = item->childItems();
            for (QQuickItem *child : children)
                self(self, child);
        };
        search(search, view.window().rootObject());
        return bold;
    };
    QCOMPARE(shown(), u"Overview"_s);
    QStringList round;
    for (int second = 0; second < 120; ++second) {
        clock.advance(std::chrono::seconds(1));
        state.beat(); // one tick
        if (round.isEmpty() || round.last() != shown())
            round += shown();
        view.window().grabWindow();
    }
    QCOMPARE(round.mid(0, 6),
        (QStringList { u"Overview"_s, u"Network"_s, u"Storage"_s, u"Workloads"_s, u"Events"_s,
            u"Overview"_s }));
    QJsonObject worse = testing::statusDocument(u"chain-unreachable"_s);
    worse[u"mono_ms"_s] = qint64(clock.monotonic().count());
    state.apply(worse);
    QCOMPARE(shown(), u"Events"_s);
    QCOMPARE(view.warnings(), QStringList());
}

ZOS_TEST(TestPages)
#include "tst_pages.moc"
