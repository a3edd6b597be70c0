// SPDX-License-Identifier: MIT
//
// Reads the data, shows one machine, section after section.

const views = [
    ['What changed', viewVerdicts],
    ['Latency', viewLatency],
    ['Trend', viewTrend],
    ['Percentiles', viewPercentiles],
    ['Instructions', viewInstructions],
    ['Memory', viewMemory],
    ['Fragmentation', viewFragmentation],
    ['Fuzzing', viewFuzzing],
    ['Campaigns', () => viewCampaign(pageCampaigns)],
    ['Code size', viewCode],
];

let shownMachine = null;
// Of no machine: what was searched is the same everywhere.
let pageCampaigns = [];

// The data is compressed: a history of hundreds of commits is tens of megabytes of JSON.
async function readPage() {
    const text = document.getElementById('data').textContent.trim();
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
    return JSON.parse(await new Response(stream).text());
}

function describeMachine(machine) {
    const { cpu, cores, system, compiler } = machine.description;
    return [cpu, cores && plural(cores, 'core', 'cores'), system, compiler]
        .filter(Boolean)
        .join(', ');
}

function machineOrigin(machine) {
    const last = machine.commits[machine.commits.length - 1];
    return element(
        'p',
        { class: 'origin' },
        element('strong', {}, plural(machine.commits.length, 'commit', 'commits')),
        ` measured on ${describeMachine(machine) || 'a machine that is not described'}; the newest is `,
        commitLink(last, `${last.short} ${last.title}`),
        ` of ${formatDate(last.date)}.`,
    );
}

// Each section in a task of its own: what is on top can be read while the rest is drawn.
async function showMachine(machine) {
    shownMachine = machine;
    const main = document.getElementById('main');
    const sections = document.getElementById('sections');
    main.replaceChildren(machineOrigin(machine));
    sections.replaceChildren();
    for (const [name, view] of views) {
        if (shownMachine !== machine) {
            return;
        }
        const place = element('div');
        main.append(place);
        const section = showView(machine, name, view);
        place.replaceWith(section.root);
        sections.append(element('a', { href: `#${section.id}` }, name));
        await new Promise((resolve) => {
            setTimeout(resolve);
        });
    }
    watchSections();
}

// What is wrong with one view's data leaves the others as they are.
function showView(machine, name, view) {
    try {
        return view(machine);
    } catch (error) {
        console.error(error);
        const id = `failed-${name.toLowerCase().replace(/\W+/g, '-')}`;
        return {
            id,
            root: element(
                'section',
                { class: 'view', id },
                element('h2', {}, name),
                element(
                    'p',
                    { class: 'absent' },
                    `This section could not be drawn: ${error.message}`,
                ),
            ),
        };
    }
}

function watchSections() {
    const links = [...document.querySelectorAll('nav.sections a')];
    const seen = new IntersectionObserver(
        (entries) =>
            entries
                .filter((entry) => entry.isIntersecting)
                .forEach((entry) => {
                    links.forEach((link) => {
                        if (link.hash === `#${entry.target.id}`) {
                            link.setAttribute('aria-current', 'true');
                        } else {
                            link.removeAttribute('aria-current');
                        }
                    });
                }),
        { rootMargin: '-20% 0px -70% 0px' },
    );
    document.querySelectorAll('section.view').forEach((section) => seen.observe(section));
}

function showEmpty() {
    document
        .getElementById('main')
        .replaceChildren(
            element(
                'section',
                { class: 'view', id: 'empty' },
                element('h2', {}, 'The history is empty'),
                element(
                    'p',
                    { class: 'reading' },
                    'Nothing was measured yet. Each run of the benchmarks adds a record of the commit that is checked out:',
                ),
                element(
                    'p',
                    { class: 'absent' },
                    element('code', {}, './bed bench --quick'),
                    ' measures in about three minutes and appends to the history; then ',
                    element('code', {}, './bed dashboard'),
                    ' makes this page again, with latency, trends, percentiles, instructions, memory and code size of it. ' +
                        'Trends and verdicts need a second commit.',
                ),
            ),
        );
}

async function start() {
    const page = await readPage();
    const model = createModel(page);
    pageCampaigns = page.campaigns || [];
    document.getElementById('tools').append(themeSwitch());
    document
        .getElementById('footer')
        .append(
            `Made ${formatTime(page.generated)} by ./bed dashboard from ${plural((page.records || []).length, 'record', 'records')}. ` +
                'This page is one file and loads nothing. Charts: uPlot (MIT licence, in the source of the page).',
        );
    if (model.machines.length === 0) {
        showEmpty();
        if (pageCampaigns.length > 0) {
            document.getElementById('main').append(viewCampaign(pageCampaigns).root);
        }
    } else {
        addMachinePicker(model);
        await showMachine(model.machines[0]);
        openAddress(model, () => shownMachine);
        addEventListener('hashchange', () => openAddress(model, () => shownMachine));
    }
    // The browser has looked for it before it was drawn.
    document.getElementById(location.hash.slice(1))?.scrollIntoView({ behavior: 'instant' });
    performance.mark('heapbed-ready');
    document.documentElement.dataset.state = 'ready';
}

// Figures of different machines are never in one chart.
function addMachinePicker(model) {
    if (model.machines.length > 1) {
        const choices = model.machines.map((machine) => [
            machine.fingerprint,
            `${describeMachine(machine)} (${machine.fingerprint.slice(0, 6)}, ${plural(machine.commits.length, 'commit', 'commits')})`,
        ]);
        document
            .getElementById('tools')
            .prepend(
                picker('Machine', [[null, choices]], choices[0][0], (fingerprint) =>
                    showMachine(
                        model.machines.find((machine) => machine.fingerprint === fingerprint),
                    ),
                ),
            );
    }
}

start().catch((error) => {
    console.error(error);
    document
        .getElementById('main')
        .replaceChildren(
            element(
                'p',
                { class: 'notice' },
                `The data of this page could not be read: ${error.message}`,
            ),
        );
    document.documentElement.dataset.state = 'failed';
});
