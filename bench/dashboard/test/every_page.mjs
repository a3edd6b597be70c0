// SPDX-License-Identifier: MIT
//
// What holds for the page of any history that has something in it.

import { readFileSync } from 'node:fs';
import { becomesTrue, expect, expectEqual } from './expect.mjs';

export const sectionOrder = [
    'verdicts',
    'latency',
    'trend',
    'percentiles',
    'instructions',
    'memory',
    'fragmentation',
    'fuzzing',
    'campaign',
    'code',
];

async function isReady({ page, heard }) {
    expectEqual(
        await page.evaluate(() => document.documentElement.dataset.state),
        'ready',
        'state of the page',
    );
    expect(heard.errors.length === 0, `the console has errors: ${heard.errors.join(' | ')}`);
}

async function asksForNothing({ heard }) {
    expect(heard.requests.length > 0, 'no request was seen, not even for the page itself');
    const others = heard.requests.filter((address) => !/^(file|blob|data):/.test(address));
    expect(others.length === 0, `the page asks for ${others.join(', ')}`);
}

// Names of namespaces and addresses in comments load nothing; these would.
function namesNothingToLoad({ text }) {
    const found = text.match(
        /(?:\b(?:src|href|srcset|poster|action|data)\s*=\s*["']?|url\(\s*["']?|@import\s+["']?|\bimport\s*\(?\s*["'])(?:https?:)?\/\/[^"')\s]+/gi,
    );
    expect(!found, `the page names ${found}`);
    expect(/default-src 'none'/.test(text), 'no policy forbids to load');
}

async function hasSections({ page }) {
    const seen = await page.evaluate(() =>
        [...document.querySelectorAll('section.view')].map((section) => section.id),
    );
    expectEqual(seen.join(' '), sectionOrder.join(' '), 'sections');
    const poor = await page.evaluate(() =>
        [...document.querySelectorAll('section.view')]
            .filter((section) => {
                const isAbsent = section.querySelector('.absent code') !== null;
                const isWhole =
                    section.querySelector('.data:not(.hidden) details') &&
                    section.querySelectorAll('[data-download]').length >= 2;
                const parts = [...section.querySelectorAll('.part > h3 + .reading')];
                return (
                    section.querySelector('.reading').textContent.length < 60 ||
                    parts.length !== section.querySelectorAll('.part').length ||
                    parts.some((reading) => reading.textContent.length < 60) ||
                    !(isAbsent || isWhole)
                );
            })
            .map((section) => section.id),
    );
    expect(
        poor.length === 0,
        `no table, download, sentence, or word of where to get it: ${poor.join(', ')}`,
    );
}

// How many of the lines that a chart should show are in its plotting area: each leaves as many pixels of about its colour as
// the area is wide, or nearly. Grid, text and dots are not enough.
export async function chartsAreDrawn({ page }) {
    const charts = await page.evaluate(() =>
        [...document.querySelectorAll('.chart-frame')].map((frame) => {
            const { bbox, ctx } = frame.parentElement.parentElement.plot;
            const pixels = ctx.getImageData(bbox.left, bbox.top, bbox.width, bbox.height).data;
            const lines = [
                ...frame
                    .closest('.chart')
                    .parentElement.parentElement.querySelectorAll(
                        ':scope > div > .chips > .chip[aria-pressed="true"] line',
                    ),
            ];
            const colours = lines.map((line) =>
                getComputedStyle(line).stroke.match(/\d+/g).map(Number),
            );
            const near = (i, colour) =>
                pixels[i + 3] > 200 &&
                colour.reduce((sum, part, at) => sum + Math.abs(part - pixels[i + at]), 0) < 60;
            const counts = colours.map((colour) => {
                let count = 0;
                for (let i = 0; i < pixels.length; i += 4) {
                    count += near(i, colour);
                }
                return count;
            });
            const coloured = pixels.filter(
                (value, i) =>
                    i % 4 === 3 && value > 200 && Math.abs(pixels[i - 3] - pixels[i - 1]) > 60,
            ).length;
            return {
                name: frame.getAttribute('aria-label').split('.')[0],
                counts,
                coloured,
                enough: bbox.width / 3,
            };
        }),
    );
    expect(charts.length > 0, 'there is no chart');
    let wanted = 0;
    let drawn = 0;
    for (const { name, counts, coloured, enough } of charts) {
        const seen = counts.filter((count) => count > enough).length;
        expect(
            counts.length === 0 ? coloured > enough : seen > 0,
            `"${name}": none of ${counts.length} lines is on the canvas`,
        );
        wanted += counts.length;
        drawn += seen;
    }
    expect(
        drawn >= wanted / 2,
        `${drawn} of ${wanted} lines are on a canvas (some may lie on each other, but not most)`,
    );
}

async function lanesAreDrawn({ page }) {
    const wrong = await page.evaluate(
        () =>
            [...document.querySelectorAll('.lanes .bar, .lanes .mark')].filter((mark) => {
                const box = mark.getBoundingClientRect();
                const isShown =
                    mark.closest('.lane').offsetParent !== null ||
                    !mark.closest('.lane').classList.contains('hidden');
                const track = mark.parentElement.getBoundingClientRect();
                return (
                    isShown &&
                    (box.height < 4 || box.left < track.left - 7 || box.right > track.right + 7)
                );
            }).length,
    );
    expectEqual(wrong, 0, 'bars and dots outside of their track');
}

async function tablesOpen({ page }) {
    const lines = await page.evaluate(async () => {
        const counts = [];
        for (const details of document.querySelectorAll('.data details')) {
            const isMade = new Promise((resolve) => {
                details.addEventListener('toggle', resolve, { once: true });
            });
            details.open = true;
            await isMade;
            const promised = Number(
                details.querySelector('summary').textContent.replace(/\D/g, ''),
            );
            counts.push([details.querySelectorAll('tbody tr').length, promised]);
            details.open = false;
        }
        return counts;
    });
    expect(lines.length > 0, 'no table');
    lines.forEach(([seen, promised]) =>
        expect(seen > 0 && seen === promised, `a table of ${promised} lines has ${seen}`),
    );
}

async function downloads({ page }) {
    for (const format of ['csv', 'json']) {
        const [file] = await Promise.all([
            page.waitForEvent('download'),
            page.locator(`#trend [data-download="${format}"]`).click(),
        ]);
        const text = readFileSync(await file.path(), 'utf8');
        const promised = Number(
            (await page.locator('#trend .data summary').textContent()).replace(/\D/g, ''),
        );
        const count =
            format === 'json' ? JSON.parse(text).length : text.trimEnd().split('\r\n').length - 1;
        expectEqual(count, promised, `lines of ${file.suggestedFilename()}`);
    }
}

async function tellsValuesOnHover({ page }) {
    const over = page.locator('#trend .u-over');
    await over.scrollIntoViewIfNeeded();
    const box = await over.boundingBox();
    await page.mouse.move(box.x + box.width * 0.5, box.y + box.height * 0.5);
    const tip = page.locator('#trend .tip');
    await tip.waitFor({ state: 'visible' });
    expect(
        /^[0-9a-f]{10} /.test(await tip.locator('.tip-title').textContent()),
        'the tip does not name the commit',
    );
    expect(/\d/.test(await tip.locator('td').first().textContent()), 'the tip has no value');
}

const trendScale = (page) =>
    page.evaluate(() => {
        const { min, max } = [...document.querySelectorAll('#trend div')].find((node) => node.plot)
            .plot.scales.x;
        return max - min;
    });

async function zoomsByDragging({ page }) {
    const box = await page.locator('#trend .u-over').boundingBox();
    const before = await trendScale(page);
    await page.mouse.move(box.x + box.width * 0.2, box.y + 100);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.7, box.y + 100, { steps: 4 });
    await page.mouse.up();
    await page.locator('#trend .reset').waitFor({ state: 'visible' });
    const zoomed = await trendScale(page);
    expect(zoomed < before * 0.7, `dragging over half of the chart left ${zoomed} of ${before}`);
    await page.locator('#trend .reset').click();
    expect(Math.abs((await trendScale(page)) - before) < 1e-6 * before, 'reset does not lead back');
}

async function opensCommits({ page }) {
    const box = await page.locator('#trend .u-over').boundingBox();
    await page.mouse.click(box.x + box.width * 0.9, box.y + 60);
    const window_ = page.locator('#commit-window');
    await window_.waitFor({ state: 'visible' });
    const address = await page.evaluate(() => location.hash);
    expect(/^#commit\/[0-9a-f]{40}/.test(address), `the address is ${address}`);
    expect((await window_.locator('tbody tr').count()) > 0, 'no lines of the commit');
    expect((await window_.locator('.samples i').count()) > 0, 'no samples of the commit');
    await comparesWithAnother(page, window_);
    await page.keyboard.press('Escape');
    await window_.waitFor({ state: 'hidden' });
    expectEqual(
        await page.evaluate(() => location.hash),
        '',
        'address after the window was closed',
    );
}

async function comparesWithAnother(page, window_) {
    const others = await window_
        .locator('select option')
        .evaluateAll((options) => options.map((option) => option.value));
    if (others.length < 2) {
        return;
    }
    const chosen = others[others.length - 1];
    await window_.locator('select').selectOption(chosen);
    expect(
        (await page.evaluate(() => location.hash)).endsWith(`/${chosen}`),
        'the address does not name the other commit',
    );
    expect(
        /[%×]/.test((await window_.locator('td .change').allTextContents()).join()),
        'no change is told',
    );
}

async function followsTheme({ page }) {
    const look = () =>
        page.evaluate(() => {
            const canvas = document.querySelector('#trend canvas');
            const pixels = canvas
                .getContext('2d')
                .getImageData(0, 0, canvas.width, canvas.height).data;
            let sum = 0;
            for (let i = 0; i < pixels.length; i += 4) {
                sum = (sum + pixels[i] * pixels[i + 3]) % 1e9;
            }
            return [getComputedStyle(document.body).backgroundColor, sum];
        });
    const light = await look();
    await page.emulateMedia({ colorScheme: 'dark' });
    await becomesTrue(
        async () => (await look())[0] !== light[0],
        'the background does not follow the system',
    );
    await becomesTrue(
        async () => (await look())[1] !== light[1],
        'the canvas does not follow the system',
    );
    await page.locator('#tools [data-value="light"]').click();
    await becomesTrue(
        async () => (await look())[0] === light[0],
        'the background does not follow the switch',
    );
    await page.locator('#tools [data-value="auto"]').click();
    await page.emulateMedia({ colorScheme: 'light' });
}

async function worksByKeys({ page }) {
    await page.evaluate(() => {
        document.body.tabIndex = -1;
        document.body.focus();
    });
    await page.keyboard.press('Tab');
    expectEqual(
        await page.evaluate(() => document.activeElement.className),
        'skip',
        'the first stop of the tab key',
    );
    await page.locator('#tools [aria-checked="true"]').focus();
    await page.keyboard.press('ArrowRight');
    expectEqual(
        await page.evaluate(() => document.documentElement.dataset.theme),
        'light',
        'theme after an arrow key',
    );
    await page.keyboard.press('ArrowLeft');
    const outline = await page.evaluate(
        () => getComputedStyle(document.activeElement).outlineStyle,
    );
    expectEqual(outline, 'solid', 'outline of what has the focus');
    await page.locator('#trend .chart-frame').focus();
    await page.keyboard.press('End');
    await page.locator('#trend .tip').waitFor({ state: 'visible' });
    await page.keyboard.press('Enter');
    await page.locator('#commit-window').waitFor({ state: 'visible' });
    await page.keyboard.press('Escape');
    const nameless = await page.evaluate(
        () =>
            [...document.querySelectorAll('.chart-frame')].filter(
                (frame) =>
                    frame.tabIndex !== 0 || (frame.getAttribute('aria-label') || '').length < 20,
            ).length,
    );
    expectEqual(nameless, 0, 'charts that no key reaches or nothing describes');
}

async function hidesSubjects({ page }) {
    const chip = page.locator('#trend .chip[aria-pressed="true"]').first();
    const subject = await chip.getAttribute('data-subject');
    const shown = () =>
        page.evaluate(
            (name) =>
                [...document.querySelectorAll('#trend div')]
                    .find((node) => node.plot)
                    .plot.series.find((series) => series.line && series.line.subject === name).show,
            subject,
        );
    expect(await shown(), `${subject} is not shown at first`);
    await chip.click();
    expect(!(await shown()), `${subject} is still shown`);
    await page.locator(`#trend .chip[data-subject="${subject.replace(/["\\]/g, '\\$&')}"]`).click();
}

async function fitsNarrowScreens({ page }) {
    await page.setViewportSize({ width: 360, height: 740 });
    const tooWide = () =>
        page.evaluate(() => [
            document.documentElement.scrollWidth,
            ...[...document.querySelectorAll('section.view, .chart-frame canvas, .panel')]
                .filter((node) => node.getBoundingClientRect().right > 361)
                .map((node) => node.id || node.className || node.tagName),
        ]);
    let last = [];
    await becomesTrue(
        async () => {
            last = await tooWide();
            return last[0] <= 360 && last.length === 1;
        },
        () =>
            `the page is ${last[0]} pixels wide on a screen of 360; wider than it: ${last.slice(1).join(', ')}`,
    );
    await page.setViewportSize({ width: 1280, height: 1000 });
}

export const everyPage = [
    ['gets ready without an error in the console', isReady],
    ['asks for nothing but itself', asksForNothing],
    ['names nothing to load', namesNothingToLoad],
    ['has every section, whole or saying how to get it', hasSections],
    ['draws its charts', chartsAreDrawn],
    ['draws its bars and dots', lanesAreDrawn],
    ['has its data as tables', tablesOpen],
    ['has its data as downloads', downloads],
    ['tells values on hover', tellsValuesOnHover],
    ['zooms by dragging', zoomsByDragging],
    ['opens a commit and compares it with another', opensCommits],
    ['follows the theme', followsTheme],
    ['works by keys', worksByKeys],
    ['hides subjects', hidesSubjects],
    ['fits narrow screens', fitsNarrowScreens],
];
