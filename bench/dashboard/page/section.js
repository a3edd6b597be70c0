// SPDX-License-Identifier: MIT
//
// The frame that every view has: a heading, how to read it, its content, and its data as a table and
// as a download.

function createSection(id, title, reading) {
    const content = element('div', { class: 'content' });
    const table = element('div', { class: 'data hidden' });
    const root = element(
        'section',
        { class: 'view', id, 'aria-labelledby': `${id}-title` },
        element('h2', { id: `${id}-title` }, title),
        element('p', { class: 'reading' }, reading),
        content,
        table,
    );
    return {
        id,
        root,
        content,
        setData: (columns, rows, note) => showData(table, id, columns, rows, note),
        addPart: (name, title, reading) => createPart(root, `${id}-${name}`, title, reading),
        setAbsent: (what, command) => {
            table.classList.add('hidden');
            content.replaceChildren(
                element(
                    'p',
                    { class: 'absent' },
                    `${what} It gets here by `,
                    element('code', {}, command),
                    '.',
                ),
            );
        },
    };
}

// A part of a view that has data of its own.
function createPart(place, id, title, reading) {
    const content = element('div');
    const table = element('div', { class: 'data hidden' });
    place.append(
        element(
            'div',
            { class: 'part' },
            element('h3', {}, title),
            element('p', { class: 'reading' }, reading),
            content,
            table,
        ),
    );
    return { content, setData: (columns, rows, note) => showData(table, id, columns, rows, note) };
}

// columns: [{key, label, unit?, isNumber?}], rows: objects. The table is made when it is opened.
function showData(box, id, columns, rows, note) {
    const place = element('div');
    const details = element(
        'details',
        {
            ontoggle: () => {
                if (details.open && !place.firstChild) {
                    place.append(createTable(columns, rows, note));
                }
            },
        },
        element('summary', {}, `Table (${plural(rows.length, 'line', 'lines')})`),
        place,
    );
    const button = (format, make) =>
        element(
            'button',
            {
                type: 'button',
                'data-download': format,
                onclick: () => download(`heapbed-${id}.${format}`, format, make(columns, rows)),
            },
            `Download ${format.toUpperCase()}`,
        );
    box.classList.remove('hidden');
    box.replaceChildren(details, button('csv', toCsv), button('json', toJson));
}

function createTable(columns, rows, caption) {
    const cell = (column, row, index) => {
        const text = column.format ? column.format(row[column.key], row) : row[column.key];
        const shown = text === null || text === undefined || text === '' ? absent : text;
        const kind = column.isNumber ? 'number' : column.isWide ? 'wide' : null;
        return index === 0
            ? element('th', { scope: 'row', class: kind }, shown)
            : element('td', { class: kind }, shown);
    };
    const head = columns.map((column) =>
        element('th', { scope: 'col', class: column.isNumber ? 'number' : null }, column.label),
    );
    const lines = rows.map((row) =>
        element(
            'tr',
            {},
            columns.map((column, index) => cell(column, row, index)),
        ),
    );
    return element(
        'div',
        { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': caption || 'Data' },
        element(
            'table',
            {},
            element('thead', {}, element('tr', {}, head)),
            element('tbody', {}, lines),
        ),
    );
}
