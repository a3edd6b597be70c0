// SPDX-License-Identifier: MIT
//
// Debian's Chromium, driven by playwright-core, and pages of ours opened in it from files.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

export async function withBrowser(modules, run) {
    const { chromium } = createRequire(join(modules, 'x.js'))('playwright-core');
    const folder = mkdtempSync(join(tmpdir(), 'heapbed-dashboard-'));
    const clean = () => rmSync(folder, { recursive: true, force: true });
    process.once('exit', clean); // Ctrl-C too
    const args = process.getuid() === 0 ? ['--no-sandbox', '--disable-dev-shm-usage'] : [];
    const browser = await chromium.launch({
        executablePath: process.env.HEAPBED_CHROMIUM ?? '/usr/bin/chromium',
        args,
    });
    try {
        return await run(browser, folder);
    } finally {
        await browser.close();
        clean();
    }
}

// Opens a page and notes all that it says and asks for.
export async function openPage(browser, folder, text, { hash = '', ...options } = {}) {
    const path = join(folder, 'index.html');
    writeFileSync(path, text);
    const context = await browser.newContext({
        viewport: { width: 1280, height: 1000 },
        acceptDownloads: true,
        ...options,
    });
    const page = await context.newPage();
    const heard = { errors: [], requests: [] };
    page.on('console', (message) => {
        if (['error', 'warning'].includes(message.type())) heard.errors.push(message.text());
    });
    page.on('pageerror', (error) => heard.errors.push(String(error)));
    page.on('request', (request) => heard.requests.push(request.url()));
    await page.goto(pathToFileURL(path).href + hash);
    await page
        .waitForFunction(() => document.documentElement.dataset.state, null, { timeout: 60000 })
        .catch(() => {
            heard.errors.push('the page did not get ready in a minute');
        });
    return { page, heard, close: () => context.close() };
}
