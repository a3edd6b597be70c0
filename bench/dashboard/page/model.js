// SPDX-License-Identifier: MIT
//
// The data of the page (docs/dashboard.md) turned into what the views ask for: machines, each with
// its commits in order, each with its cells. Records of different machines never meet.

function median(values) {
    const sorted = [...values].sort((a, b) => a - b);
    const middle = sorted.length >> 1;
    return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

const searchParts = ['fuzz', 'bugs', 'mutation', 'matrix'];

// Of a commit that was measured more than once, all samples count.
function mergeCells(known, cell) {
    if (!known) {
        return { ...cell, samples: [...(cell.samples || [])] };
    }
    const samples = [...known.samples, ...(cell.samples || [])];
    return {
        ...known,
        ...cell,
        samples,
        median: samples.length ? median(samples) : cell.median,
    };
}

function createCommit(record) {
    return {
        hash: record.commit,
        short: shortHash(record.commit),
        parent: record.parent,
        title: `${record.title || ''}${record.is_dirty ? ' (with changes that are in no commit)' : ''}`,
        date: record.commit_date,
        records: [],
        cells: new Map(),
        fits: new Map(),
        series: new Map(),
        isDirty: Boolean(record.is_dirty),
    };
}

function addRecord(commit, rows, record) {
    commit.records.push(record);
    for (const row of record.rows || []) {
        const { cells, ...description } = row;
        rows.set(row.name, description);
        const known = commit.cells.get(row.name) || new Map();
        cells.forEach((cell) => known.set(cell.subject, mergeCells(known.get(cell.subject), cell)));
        commit.cells.set(row.name, known);
    }
    for (const fit of record.fits || []) {
        commit.fits.set(`${fit.family} ${fit.subject}`, fit.exponent);
    }
    for (const series of record.series || []) {
        const known = commit.series.get(series.name) || new Map();
        commit.series.set(series.name, known.set(series.subject, series));
    }
    for (const part of searchParts) {
        commit[part] = record[part] || commit[part];
    }
}

// What was measured with changes that are in no commit stands by itself.
function commitKey(record) {
    return `${record.commit}${record.is_dirty ? ' changed' : ''}`;
}

function createMachine(fingerprint, records, page) {
    const commits = new Map();
    const rows = new Map();
    for (const record of records) {
        const key = commitKey(record);
        commits.set(key, commits.get(key) || createCommit(record));
        addRecord(commits.get(key), rows, record);
    }
    const ofMachine = (list) => (list || []).filter((item) => item.fingerprint === fingerprint);
    return {
        fingerprint,
        rows,
        commits: [...commits.values()],
        description: records[records.length - 1].machine || {},
        changePoints: ofMachine(page.change_points),
        verdicts: ofMachine(page.verdicts),
        annotations: page.annotations || [],
    };
}

function createModel(page) {
    const groups = new Map();
    for (const record of page.records || []) {
        groups.set(record.fingerprint, [...(groups.get(record.fingerprint) || []), record]);
    }
    const machines = [...groups].map(([fingerprint, records]) =>
        createMachine(fingerprint, records, page),
    );
    const measured = machines.filter((machine) => machine.rows.size > 0);
    const shown = measured.length > 0 ? measured : machines;
    shown.forEach((machine) => {
        machine.search = searchMachine(machine, machines);
    });
    return { generated: page.generated, machines: orderMachines(shown) };
}

// Figures of the search come from other commands than those of the benchmarks, and have a fingerprint of
// their own: those of the same processor, otherwise of any.
function searchMachine(machine, machines) {
    const sameProcessor = machines.filter(
        (other) => other.description.cpu === machine.description.cpu,
    );
    return [machine, ...sameProcessor, ...machines].find((candidate) =>
        candidate.commits.some((commit) => searchParts.some((part) => commit[part])),
    );
}

// First the one with the longest history, of those that are still measured on.
function orderMachines(machines) {
    const fortnight = 14 * 24 * 3600 * 1000;
    const newest = new Map(
        machines.map((machine) => [
            machine,
            Math.max(
                ...machine.commits.flatMap((commit) =>
                    commit.records.map((record) => Date.parse(record.date) || 0),
                ),
            ),
        ]),
    );
    const last = Math.max(...newest.values());
    const isInUse = (machine) => newest.get(machine) > last - fortnight;
    return machines.sort(
        (a, b) =>
            isInUse(b) - isInUse(a) ||
            b.commits.length - a.commits.length ||
            newest.get(b) - newest.get(a),
    );
}

// --- questions to a machine -----------------------------------------------------------------------

function cellOf(commit, row, subject) {
    const cells = commit && commit.cells.get(row);
    return (cells && cells.get(subject)) || null;
}

function medianOf(commit, row, subject) {
    const cell = cellOf(commit, row, subject);
    return cell && Number.isFinite(cell.median) ? cell.median : null;
}

// The newest commit for which something is true: not every record has every row.
function newestCommit(machine, isWanted) {
    return [...machine.commits].reverse().find(isWanted) || null;
}

function subjectsOf(machine, rowNames, commits = machine.commits) {
    const subjects = new Set();
    for (const commit of commits) {
        for (const row of rowNames) {
            (commit.cells.get(row) || new Map()).forEach((cell, subject) => subjects.add(subject));
        }
    }
    return [...subjects].sort(compareSubjects);
}

function rowsWhere(machine, isWanted) {
    return [...machine.rows.values()].filter(isWanted);
}

function rowPart(name) {
    return name.split('/')[0];
}

function rowGroups(rows) {
    const groups = new Map();
    for (const row of rows) {
        const part = rowPart(row.name);
        groups.set(part, [...(groups.get(part) || []), [row.name, row.name]]);
    }
    return [...groups];
}

function isWorse(change, direction) {
    return direction === 'higher' ? change < 0 : change > 0;
}

function commitIndex(machine, hash) {
    return machine.commits.findIndex((commit) => commit.hash === hash);
}
