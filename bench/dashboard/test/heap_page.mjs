// SPDX-License-Identifier: MIT
//
// The page of a heap that `bed show --format html` writes, in the same browser: keys, slider, list,
// address, play. With a canary: a page whose steps all stay visible must not pass.

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { becomesTrue, expect, expectEqual } from './expect.mjs';

const input = 'corpus/regressions/double-free-is-accepted.hbedt';

function makePage(root) {
    const run = spawnSync(
        join(root, 'build/release/bed'),
        ['show', '--target', 'seed', '--format', 'html', join(root, input)],
        { encoding: 'utf8' },
    );
    expectEqual(run.status, 0, `bed show ${input} ends with`);
    return run.stdout;
}

// What the reader sees: the steps that are visible, and where they say they are.
async function look(page) {
    return page.evaluate(() => {
        const steps = [...document.querySelectorAll('.step')];
        return {
            count: steps.length,
            visible: steps.flatMap((step, i) => (step.offsetParent === null ? [] : [i])).join(),
            place: document.querySelector('#place').textContent,
            slider: document.querySelector('#slider').value,
            marked: document.querySelectorAll('[aria-current=step]').length,
        };
    });
}

async function isAt(page, index, how) {
    const seen = await look(page);
    expect(seen.count > 2, `there are ${seen.count} steps`);
    const wanted = index < 0 ? seen.count + index : index;
    expectEqual(seen.visible, String(wanted), `${how}: the steps that are visible`);
    expectEqual(seen.place, `${wanted + 1} of ${seen.count}`, `${how}: the place`);
    expectEqual(seen.slider, String(wanted), `${how}: the slider`);
    expectEqual(seen.marked, 1, `${how}: operations that are marked`);
}

async function stepsThrough(page) {
    await isAt(page, -1, 'at first');
    for (const [key, index] of [
        ['Home', 0],
        ['ArrowRight', 1],
        ['ArrowDown', 2],
        ['ArrowLeft', 1],
        ['PageDown', -1],
        ['ArrowRight', -1],
        ['PageUp', 0],
        ['ArrowLeft', 0],
        ['End', -1],
    ]) {
        await page.keyboard.press(key);
        await isAt(page, index, key);
    }
    await page.locator('.operations button').nth(1).click();
    await isAt(page, 1, 'a click on the second operation');
    await page.locator('#slider').fill('2');
    await isAt(page, 2, 'the slider');
    await page.locator('#back').click();
    await isAt(page, 1, 'back');
    await page.locator('#forth').click();
    await isAt(page, 2, 'forth');
    await page.locator('#slider').fill('0');
    await page.locator('#play').click();
    const last = (await look(page)).count - 1;
    await becomesTrue(
        async () => (await look(page)).visible === String(last),
        'play does not get to the end',
    );
}

async function open(browser, folder, text, hash = '') {
    const path = join(folder, 'heap.html');
    writeFileSync(path, text);
    const page = await browser.newPage();
    const heard = [];
    page.on('console', (message) => {
        if (['error', 'warning'].includes(message.type())) heard.push(message.text());
    });
    page.on('pageerror', (error) => heard.push(String(error)));
    page.on('request', (request) => {
        if (!request.url().startsWith('file:')) heard.push(`it asks for ${request.url()}`);
    });
    await page.goto(pathToFileURL(path).href + hash);
    return { page, heard };
}

async function tryOne(browser, folder, text) {
    const { page, heard } = await open(browser, folder, text);
    await stepsThrough(page);
    expectEqual(heard.join('; '), '', 'what the page complains of');
    await page.close();
}

async function opensAtAnOperation(browser, folder, text) {
    const operation = await (async () => {
        const { page } = await open(browser, folder, text);
        const found = await page.evaluate(
            () => document.querySelectorAll('.step')[1].dataset.operation,
        );
        await page.close();
        return found;
    })();
    const { page } = await open(browser, folder, text, `#${operation}`);
    await isAt(page, 1, `opened at #${operation}`);
    await page.close();
}

export async function tryHeapPage(report, { browser, folder, root }) {
    const attempt = async (name, run) => {
        let error = null;
        try {
            await run();
        } catch (caught) {
            error = caught;
        }
        report.tell(`page of a heap: ${name}`, error);
    };
    const text = makePage(root);
    await attempt('steps', () => tryOne(browser, folder, text));
    await attempt('its address', () => opensAtAnOperation(browser, folder, text));
    await attempt('canary: steps that stay visible are noticed', async () => {
        const broken = text.replace('step.hidden = i !== current', 'step.hidden = false');
        expect(broken !== text, 'the page has another script now: the canary is to be renewed');
        const passed = await tryOne(browser, folder, broken).then(
            () => true,
            () => false,
        );
        expect(!passed, 'it passes');
    });
}
