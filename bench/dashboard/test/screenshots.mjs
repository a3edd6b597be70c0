// SPDX-License-Identifier: MIT
//
// ./bed dashboard --screenshots DIR: the pictures of docs/dashboard.md.

import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { openPage, withBrowser } from './chromium.mjs';

const wide = { width: 1180, height: 1500 };

const pictures = [
    { name: 'dashboard-light', colorScheme: 'light', viewport: wide },
    { name: 'dashboard-dark', colorScheme: 'dark', viewport: wide, section: 'instructions' },
    { name: 'dashboard-fuzzing', colorScheme: 'light', viewport: wide, section: 'fragmentation' },
    {
        name: 'dashboard-commit',
        colorScheme: 'light',
        viewport: { width: 1180, height: 860 },
        isCommit: true,
    },
    {
        name: 'dashboard-narrow',
        colorScheme: 'dark',
        viewport: { width: 360, height: 1400 },
        section: 'latency',
    },
];

// A page of one section only would be another page: what is above is scrolled away.
async function arrange(page, { section, isCommit }) {
    if (section) {
        await page
            .locator(`#${section}`)
            .evaluate((node) => node.scrollIntoView({ behavior: 'instant' }));
    }
    if (isCommit) {
        await page
            .locator('#trend')
            .evaluate((node) => node.scrollIntoView({ behavior: 'instant' }));
        const box = await page.locator('#trend .u-over').boundingBox();
        await page.mouse.click(box.x + box.width * 0.7, box.y + 60);
        await page.mouse.move(2, 2);
    }
    await page.waitForTimeout(400);
}

export async function takeScreenshots(text, modules, target) {
    mkdirSync(target, { recursive: true });
    let failures = 0;
    await withBrowser(modules, async (browser, folder) => {
        for (const picture of pictures) {
            const { page, heard, close } = await openPage(browser, folder, text, {
                colorScheme: picture.colorScheme,
                viewport: picture.viewport,
            });
            const path = join(target, `${picture.name}.png`);
            await arrange(page, picture).catch((error) => heard.errors.push(error.message));
            await page.screenshot({ path });
            await close();
            failures += heard.errors.length;
            process.stdout.write(
                `${path}: ${Math.ceil(statSync(path).size / 1024)} KiB${heard.errors.length ? `; ${heard.errors.join(' | ')}` : ''}\n`,
            );
        }
    });
    return failures === 0 ? 0 : 1;
}
