// SPDX-License-Identifier: MIT
//
// What the page says of the sample, whose figures are known, and of its hostile texts.

import { readFileSync } from 'node:fs';
import { expect, expectEqual } from './expect.mjs';
import { formulaTitle, hostileTitle, lengths, sample } from './sample.mjs';

async function table(page, id) {
    await page.locator(`#${id} summary`).first().click();
    const lines = await page
        .locator(`#${id} .data`)
        .first()
        .locator('tbody tr')
        .evaluateAll((rows) =>
            rows.map((row) => [...row.children].map((cell) => cell.textContent)),
        );
    await page.locator(`#${id} summary`).first().click();
    return lines;
}

async function showsKnownFigures({ page }) {
    const latency = await table(page, 'latency');
    expectEqual(latency.length, 3 * lengths.length, 'lines of the latency table');
    const [line] = latency.filter(
        ([subject, length]) => subject === 'default-on' && length === '4,096',
    );
    expectEqual(
        line.slice(2, 5).join(' | '),
        '2.42 ns | 2.18 ns | 2.42 ns',
        'median, p10 and p50 of the newest commit',
    );
    expectEqual(line[9], '0.00', 'exponent');
    const card = await page.locator('#verdicts .card').allTextContents();
    expectEqual(card.length, 1, 'cards of what changed');
    expect(
        /pair\/4096-small.*default-on.*\+10\.0%.*slower.*\+8\.0% to \+12\.0%.*1\.0%/.test(card[0]),
        `the card says ${card[0]}`,
    );
}

// They come from another command, and so with another fingerprint; without rows that is no machine to choose.
async function showsTheSearch({ page }) {
    const text = await page.locator('#fuzzing').textContent();
    for (const wanted of ['142 of 142', '9,002', '2,865', 'place', 'asan507', 'index100']) {
        expect(text.includes(wanted), `the search does not say ${wanted}`);
    }
    expectEqual(await page.locator('#tools select').count(), 0, 'lists of machines');
}

// Four charts, the rate that follows from the moments, and what was found.
export async function showsTheCampaign({ page }) {
    const text = await page.locator('#campaign').textContent();
    for (const wanted of ['2,880,000', 'place-0badcafe', '1,234,567', '98.5 %', 'block 0 at +64']) {
        expect(text.includes(wanted), `the campaign does not say ${wanted}`);
    }
    expectEqual(await page.locator('#campaign .chart-frame').count(), 4, 'charts of the campaign');
    const lines = await table(page, 'campaign');
    expectEqual(lines.length, sample.campaigns[0].moments.length, 'moments in the table');
    expectEqual(
        lines[2].slice(1, 8).join(' | '),
        '7,200 | 1,440,000 | 200 | 14,400,000 | 1,200 | 1,600 | 600',
        'the third moment',
    );
    await page.locator('#campaign .chart-frame').first().focus();
    await page.keyboard.press('End');
    const tip = await page.locator('#campaign .tip').first().textContent();
    expect(
        /4\.00 hours/.test(tip) && /libFuzzer1,400/.test(tip) && /AFL\+\+1,700/.test(tip),
        `the tip of the last moment says ${tip}`,
    );
    const [file] = await Promise.all([
        page.waitForEvent('download'),
        page.locator('#campaign [data-download="json"]').click(),
    ]);
    expectEqual(JSON.parse(readFileSync(await file.path(), 'utf8')).length, 5, 'moments saved');
}

async function tellsTheValuesOfAPoint({ page }) {
    await page.locator('#trend .segments [data-value="value"]').click();
    await page.locator('#trend .chart-frame').focus();
    await page.keyboard.press('Home');
    const text = await page.locator('#trend .tip').textContent();
    expect(
        /1111111111 The first/.test(text) && /default-on2\.00 ns/.test(text),
        `the tip of the first commit says ${text}`,
    );
    await page.keyboard.press('ArrowRight');
    expect(
        /change point: default-on \+10\.0%/.test(await page.locator('#trend .tip').textContent()),
        'the tip does not tell the change point',
    );
}

async function comparesAnyTwo({ page }) {
    const [, , third] = sample.records;
    await page.evaluate((hash) => {
        location.hash = `#commit/${hash}/${'1'.repeat(40)}`;
    }, third.commit);
    const window_ = page.locator('#commit-window');
    await window_.waitFor({ state: 'visible' });
    const lines = await window_
        .locator('tbody tr')
        .evaluateAll((rows) =>
            rows.map((row) => [...row.children].map((cell) => cell.textContent)),
        );
    const [pair] = lines.filter(
        ([row, subject]) => row === 'pair/4096-small' && subject === 'default-on',
    );
    // The samples of either are 0.99, 1 and 1.01 of a value; of three that are drawn anew, two or more
    // are the least in a quarter of all draws: the interval goes from the least ratio to the largest.
    expectEqual(
        pair.slice(2, 8).join(' | '),
        '12.0 ns | 14.5 ns | +21.0% | +18.6% | +23.4% | +3.0%',
        'comparison of the third commit with the first',
    );
    const marked = await window_
        .locator('tbody tr:has(.change.slower)')
        .evaluateAll((rows) => rows.map((line) => line.firstChild.textContent));
    expect(
        marked.includes('pair/4096-small') && marked.includes('instructions/pair'),
        `slower are only `,
    );
    expect(!marked.includes('memory/git-log'), 'what is the same is said to have changed');
    await page.keyboard.press('Escape');
}

async function keepsTextText({ page }) {
    const second = sample.records[1];
    await page.evaluate((hash) => {
        location.hash = `#commit/${hash}`;
    }, second.commit);
    const title = page.locator('#commit-title');
    await title.waitFor({ state: 'visible' });
    expectEqual(await title.textContent(), hostileTitle, 'title of the commit');
    await page.keyboard.press('Escape');
    expectEqual(
        await page.evaluate(
            () =>
                document.querySelectorAll(
                    'img, main i:not([class]), main b:not(.what b), main script',
                ).length,
        ),
        0,
        'elements that came out of texts',
    );
    expectEqual(
        await page.evaluate(() => window.hacked ?? null),
        null,
        'what a script in a title did',
    );
}

async function keepsFormulasText({ page }) {
    const [file] = await Promise.all([
        page.waitForEvent('download'),
        page.locator('#trend [data-download="csv"]').click(),
    ]);
    const text = readFileSync(await file.path(), 'utf8');
    const field = `"'${formulaTitle.replaceAll('"', '""')}"`;
    expect(text.includes(field), 'the title that is a formula is not in the CSV as text');
    expect(!text.includes('"=HYPERLINK'), 'a formula is in the CSV');
}

export const samplePage = [
    ['shows figures that are known', showsKnownFigures],
    ['shows the search, whose records have no rows', showsTheSearch],
    ['shows the campaign over time', showsTheCampaign],
    ['tells the values of a point', tellsTheValuesOfAPoint],
    ['compares any two commits', comparesAnyTwo],
    ['shows foreign text as text', keepsTextText],
    ['writes formulas as text', keepsFormulasText],
];

async function saysHowToBegin({ page, heard }) {
    expect(heard.errors.length === 0, `the console has errors: ${heard.errors.join(' | ')}`);
    expect(
        /\.\/bed bench --quick/.test(await page.locator('main').textContent()),
        'the empty page does not say how to begin',
    );
}

export const emptyPage = [['says how to begin', saysHowToBegin]];
