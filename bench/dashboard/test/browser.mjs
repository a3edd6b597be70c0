// SPDX-License-Identifier: MIT
//
// ./bed dashboard --test: the page of several histories in a headless Chromium, and canaries: pages
// broken on purpose, which the same checks must not pass.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import vm from 'node:vm';
import { checkData, joinPage, sources } from '../build.mjs';
import { chartsAreDrawn, everyPage } from './every_page.mjs';
import { emptyPage, samplePage, showsTheCampaign } from './sample_page.mjs';
import { sample } from './sample.mjs';
import { openPage, withBrowser } from './chromium.mjs';
import { tryHeapPage } from './heap_page.mjs';

const generatedCommits = 300;

function createReport() {
    const counts = { passed: 0, failed: 0 };
    return {
        counts,
        tell: (name, error) => {
            counts[error ? 'failed' : 'passed'] += 1;
            process.stdout.write(
                `${error ? 'FAIL' : 'ok  '}  ${name}${error ? `: ${String(error.message).split('\n')[0]}` : ''}\n`,
            );
        },
    };
}

async function runCheck(check, opened) {
    try {
        await check(opened);
        return null;
    } catch (error) {
        return error;
    }
}

function parsesAll(report) {
    for (const path of sources) {
        let wrong = null;
        try {
            new vm.Script(readFileSync(path, 'utf8'), { filename: path });
        } catch (error) {
            wrong = error;
        }
        if (wrong) {
            report.tell(`${path} parses`, wrong);
        }
    }
    report.tell(
        `${sources.length} scripts were parsed`,
        sources.length > 0 ? null : new Error('there are none'),
    );
}

// Where a package came from is the business of whoever fetches it; its hash is enough.
function checkLockFile(report, path) {
    const lock = JSON.parse(readFileSync(path, 'utf8'));
    const packages = Object.entries(lock.packages).filter(([name]) => name !== '');
    const isRight =
        packages.length > 0 && packages.every(([, entry]) => entry.integrity && !entry.resolved);
    report.tell('the lock file has hashes and no hosts', isRight ? null : new Error(path));
}

async function tellFirstPaint(name, page, bytes) {
    const paint = await page.evaluate(
        () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null,
    );
    const ready = await page.evaluate(
        () => performance.getEntriesByName('heapbed-ready')[0]?.startTime ?? null,
    );
    const ms = (time) => (time === null ? 'unknown' : `${Math.round(time)} ms`);
    process.stdout.write(
        `      ${name}: first paint ${ms(paint)}, all drawn ${ms(ready)}, ${(bytes / 2 ** 20).toFixed(1)} MiB\n`,
    );
}

async function tryPage(report, { browser, folder }, name, text, checks) {
    const opened = { ...(await openPage(browser, folder, text)), text };
    for (const [what, check] of checks) {
        report.tell(`${name}: ${what}`, await runCheck(check, opened));
    }
    await tellFirstPaint(name, opened.page, text.length);
    await opened.close();
}

// A check that passes here could not fail anywhere.
async function tryCanary(report, { browser, folder }, name, text, check) {
    const opened = { ...(await openPage(browser, folder, text)), text };
    const error = await runCheck(check, opened);
    report.tell(`canary: ${name}`, error ? null : new Error('the check passed'));
    await opened.close();
}

async function tryCanaries(report, context, modules) {
    const [[, isReady], [, asksForNothing], [, namesNothing]] = everyPage;
    const broken = (change) => joinPage(sample, modules, change);
    await tryCanary(
        report,
        context,
        'a script that throws is noticed',
        broken((text) =>
            text.replace("'use strict';", "'use strict'; nothingByThatName();"),
        ).replace(
            '</html>',
            '<script>document.documentElement.dataset.state = "ready"</script></html>',
        ),
        isReady,
    );
    await tryCanary(
        report,
        context,
        'charts without lines are noticed',
        broken((text) =>
            text.replace(
                "'use strict';",
                "'use strict'; CanvasRenderingContext2D.prototype.stroke = () => {};",
            ),
        ),
        chartsAreDrawn,
    );
    const [campaign] = sample.campaigns;
    await tryCanary(
        report,
        context,
        'a campaign whose moments are missing is noticed',
        joinPage({ ...sample, campaigns: [{ ...campaign, moments: campaign.moments.slice(3) }] }, modules),
        showsTheCampaign,
    );
    const loading = joinPage(sample, modules)
        .replace(/<meta http-equiv="Content-Security-Policy"[^>]*>/, '')
        .replace('</main>', '</main><img src="http://127.0.0.1:9/x.png">');
    await tryCanary(report, context, 'a request is noticed', loading, asksForNothing);
    await tryCanary(report, context, 'an address to load is noticed', loading, namesNothing);
}

export async function testPage({ root, modules, runHistory }) {
    const report = createReport();
    parsesAll(report);
    checkLockFile(report, join(root, 'bench/dashboard/package-lock.json'));
    await withBrowser(modules, async (browser, folder) => {
        const context = { browser, folder };
        const page = (data) => joinPage(data, modules);
        await tryPage(report, context, 'sample', page(sample), [...everyPage, ...samplePage]);
        await tryPage(
            report,
            context,
            'empty',
            page({ schema: sample.schema, records: [] }),
            emptyPage,
        );
        const generated = join(folder, 'generated.jsonl');
        runHistory([
            'generate',
            '--commits',
            String(generatedCommits),
            '--seed',
            '1',
            '-o',
            generated,
        ]);
        await tryPage(
            report,
            context,
            `${generatedCommits} commits`,
            page(checkData(runHistory(['page', generated]), 'generated')),
            everyPage,
        );
        const own = join(root, 'bench/history/history.jsonl');
        if (existsSync(own)) {
            await tryPage(
                report,
                context,
                "the project's own",
                page(checkData(runHistory(['page', own]), own)),
                everyPage,
            );
        } else {
            process.stdout.write(`      the project's own: ${own} is not there, not tried\n`);
        }
        await tryCanaries(report, context, modules);
        await tryHeapPage(report, { ...context, root });
    });
    const { passed, failed } = report.counts;
    process.stdout.write(`${passed} passed, ${failed} failed\n`);
    return failed === 0 && passed > 0 ? 0 : 1;
}
