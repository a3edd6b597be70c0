// SPDX-License-Identifier: MIT
//
// Joins the page: style, scripts, uPlot and the data in one file that loads nothing.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const here = fileURLToPath(new URL('.', import.meta.url));
const page = join(here, 'page');

const styles = [
    'theme.css',
    'layout.css',
    'sections.css',
    'verdicts.css',
    'charts.css',
    'lanes.css',
    'commit.css',
];
// In this order; all of them share one scope.
const scripts = [
    'format.js',
    'dom.js',
    'theme.js',
    'subjects.js',
    'model.js',
    'bootstrap.js',
    'download.js',
    'section.js',
    'chart_scales.js',
    'chart_marks.js',
    'chart_tip.js',
    'chart_keys.js',
    'chart.js',
    'lanes.js',
    'views/commit.js',
    'views/verdicts.js',
    'views/latency.js',
    'views/trend.js',
    'views/percentiles.js',
    'views/figures.js',
    'views/instructions.js',
    'views/memory.js',
    'views/fuzzing.js',
    'views/campaign.js',
    'views/code.js',
    'main.js',
];

export const sources = scripts.map((name) => join(page, name));

const read = (path) => readFileSync(path, 'utf8');
const hash = (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

// What the user can mend is told without a stack.
function usage(text) {
    return Object.assign(new Error(text), { isUsage: true });
}

// uPlot as npm installed it, under its licence.
function readLibrary(modules) {
    const folder = join(modules, 'uplot');
    const licence = `/*!\nuPlot ${JSON.parse(read(join(folder, 'package.json'))).version}\n${read(join(folder, 'LICENSE')).trim()}\n*/\n`;
    return {
        style: licence + read(join(folder, 'dist/uPlot.min.css')),
        script: licence + read(join(folder, 'dist/uPlot.iife.min.js')),
    };
}

// Only what a reader of this page can know: another schema is another format.
export function checkData(text, name) {
    let data;
    try {
        data = JSON.parse(text);
    } catch (error) {
        throw usage(`${name}: not JSON: ${error.message}`);
    }
    if (data?.schema !== 'heapbed-page/1') {
        throw usage(
            `${name}: the schema is ${JSON.stringify(data?.schema ?? null)}, expected "heapbed-page/1"`,
        );
    }
    for (const list of ['records', 'annotations', 'change_points', 'verdicts', 'campaigns']) {
        if (data[list] !== undefined && !Array.isArray(data[list])) {
            throw usage(`${name}: "${list}" is not a list`);
        }
    }
    return data;
}

const generator = '<meta name="generator" content="heapbed dashboard">';

export function isOurPage(text) {
    return text.includes(generator);
}

// The policy names each script and style by its hash: nothing else runs, and nothing is fetched.
export function joinPage(data, modules, change = (text) => text) {
    const library = readLibrary(modules);
    const style = `${library.style}\n${styles.map((name) => read(join(page, name))).join('\n')}`;
    const own = change(`(() => {\n'use strict';\n${sources.map(read).join('\n')}})();\n`);
    const policy = `default-src 'none'; script-src ${hash(library.script)} ${hash(own)}; style-src ${hash(style)}; base-uri 'none'; form-action 'none'`;
    const parts = {
        policy,
        style,
        generator,
        scripts: `<script>${library.script}</script>\n<script>${own}</script>`,
        data: gzipSync(JSON.stringify(data), { level: 9 }).toString('base64'),
    };
    return read(join(page, 'index.html')).replace(/\{\{(\w+)\}\}/g, (whole, name) => parts[name]);
}
