// SPDX-License-Identifier: MIT
//
// bed dashboard: the page, its test, its pictures. What it needs is installed by ./bed.

import { spawnSync } from 'node:child_process';
import {
    existsSync,
    mkdirSync,
    readFileSync,
    readdirSync,
    renameSync,
    writeFileSync,
} from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { checkData, isOurPage, joinPage } from './build.mjs';

const root = process.env.HEAPBED_ROOT;
const modules = join(root, 'build/dashboard/node_modules');
const historyProgram = join(root, 'build/release/heapbed-history');

const help = `usage: ./bed dashboard [OPTIONS] [HISTORY ...]

Makes one page of the history: index.html, which needs no network and no server. Without a HISTORY:
the project's own (bench/history/history.jsonl) and what was measured here (out/history.jsonl).

  -o, --out DIR         where to put it (default: out/dashboard)
  --annotations FILE    instead of those beside the histories
  --campaign DIR        the folder of a campaign, to be shown too; any number (default: those in
                        out/campaign)
  --data FILE           the page's data, ready made (bed history page writes it; - for standard input)
  --test                try the page in a headless Chromium
  --screenshots DIR     pictures of the page: light, dark, narrow, a commit
  -h, --help            this

Exit status: 0 made or passed, 1 the test found something, 2 usage or environment.
docs/dashboard.md says more.
`;

const options = {
    out: { type: 'string', short: 'o' },
    annotations: { type: 'string' },
    campaign: { type: 'string', multiple: true },
    data: { type: 'string' },
    test: { type: 'boolean' },
    screenshots: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
};

class UsageError extends Error {}

const say = (text) => process.stderr.write(`dashboard: ${text}\n`);

// What heapbed-history says goes through, its damaged lines too.
export function runHistory(words) {
    const run = spawnSync(historyProgram, words, {
        stdio: ['ignore', 'pipe', 'inherit'],
        maxBuffer: 2 ** 30,
    });
    if (run.error || run.status !== 0) {
        throw new UsageError(
            `${relative(root, historyProgram)} ${words.join(' ')}: ${run.error ? run.error.message : `exit status ${run.status}`}`,
        );
    }
    return run.stdout.toString('utf8');
}

// Nothing was measured yet: the page says how to begin.
export function emptyData() {
    return { schema: 'heapbed-page/1', generated: new Date().toISOString(), records: [] };
}

// Those of this tree, where none is named.
function findCampaigns() {
    const folder = join(root, 'out/campaign');
    return existsSync(folder)
        ? readdirSync(folder)
              .map((name) => join(folder, name))
              .filter((path) => existsSync(join(path, 'timeline.jsonl')))
        : [];
}

export function readData({ data, annotations, campaign }, histories) {
    if (data !== undefined) {
        const name = data === '-' ? 'standard input' : data;
        let text;
        try {
            text = readFileSync(data === '-' ? 0 : data, 'utf8');
        } catch (error) {
            throw new UsageError(`${name}: ${error.message}`);
        }
        return checkData(text, name);
    }
    const own = ['bench/history/history.jsonl', 'out/history.jsonl'].map((name) =>
        join(root, name),
    );
    const campaigns = campaign ?? findCampaigns();
    if (histories.length === 0 && campaigns.length === 0 && !own.some(existsSync)) {
        return emptyData();
    }
    const words = [
        'page',
        ...(annotations ? ['--annotations', annotations] : []),
        ...campaigns.flatMap((path) => ['--campaign', path]),
        ...histories,
    ];
    return checkData(runHistory(words), `the output of heapbed-history ${words.join(' ')}`);
}

// A file of somebody else's by that name stays as it is; a page is never seen half written.
function writePage(folder, text) {
    const path = join(folder, 'index.html');
    mkdirSync(folder, { recursive: true });
    if (existsSync(path) && !isOurPage(readFileSync(path, 'utf8'))) {
        throw new UsageError(
            `${path} is there and was not made by ./bed dashboard: move it, or give another -o`,
        );
    }
    writeFileSync(`${path}.new`, text);
    renameSync(`${path}.new`, path);
    return path;
}

function makePage(values, histories) {
    const data = readData(values, histories);
    const path = writePage(
        resolve(values.out ?? join(root, 'out/dashboard')),
        joinPage(data, modules),
    );
    const count = (data.records || []).length;
    const campaigns = (data.campaigns || []).length;
    say(
        `${path}: ${count} ${count === 1 ? 'record' : 'records'}${campaigns > 0 ? ` and ${campaigns} ${campaigns === 1 ? 'campaign' : 'campaigns'}` : ''}${count === 0 ? ' (./bed bench --quick makes one)' : ''}`,
    );
    return 0;
}

async function main() {
    let parsed;
    try {
        parsed = parseArgs({ options, allowPositionals: true });
    } catch (error) {
        throw new UsageError(`${error.message}; ./bed dashboard --help says more`);
    }
    const { values, positionals } = parsed;
    if (values.help) {
        process.stdout.write(help);
        return 0;
    }
    if (values.test) {
        const { testPage } = await import('./test/browser.mjs');
        return testPage({ root, modules, runHistory });
    }
    if (values.screenshots !== undefined) {
        const { takeScreenshots } = await import('./test/screenshots.mjs');
        return takeScreenshots(
            joinPage(readData(values, positionals), modules),
            modules,
            resolve(values.screenshots),
        );
    }
    return makePage(values, positionals);
}

main().then(
    (status) => {
        process.exitCode = status;
    },
    (error) => {
        say(error instanceof UsageError || error.isUsage ? error.message : error.stack);
        process.exitCode = 2;
    },
);
