// SPDX-License-Identifier: MIT
//
// What a linker leaves of the core.

function viewCode(machine) {
    const section = createSection('code', 'Code size by profile',
        'Bytes of code and constants at -Os of what is reached: from bf_init, bf_malloc and bf_free, or from the whole interface (api). Bars begin at '
        + 'zero; paler bars are the levels without hardening. Shorter is better.');
    const rows = rowsWhere(machine, (row) => row.unit === 'bytes' && rowPart(row.name) === 'code');
    const commit = newestCommit(machine, (candidate) => rows.some((row) => candidate.cells.has(row.name)));
    if (!commit) {
        section.setAbsent('No sizes are in the history.', "./bed bench --filter '^code/'");
        return section;
    }
    const inIt = rows.filter((row) => commit.cells.has(row.name));
    section.content.append(subjectChips(subjectsOf(machine, inIt.map((row) => row.name), [commit])),
        createLanes(lanePanels(commit, inIt), barScale(laneValues(commit, inIt), 'bytes', '')),
        element('p', { class: 'caption' }, 'Measured at ', commitLink(commit, `${commit.short} ${commit.title}`), '.'));
    section.setData(figureColumns, figureData(commit, inIt), `Code size at ${commit.short}`);
    return section;
}
