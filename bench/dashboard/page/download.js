// SPDX-License-Identifier: MIT
//
// The data of a view as CSV and JSON.

function downloadValue(column, row) {
    const value = row[column.key];
    return Array.isArray(value) ? value.join(' ') : value;
}

// A text that a spreadsheet would take for a formula is not one: commit titles are foreign.
function csvField(value) {
    if (value === null || value === undefined) {
        return '';
    }
    const text =
        typeof value === 'string' && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function toCsv(columns, rows) {
    const lines = [columns.map((column) => csvField(column.key))];
    rows.forEach((row) =>
        lines.push(columns.map((column) => csvField(downloadValue(column, row)))),
    );
    return lines.map((line) => `${line.join(',')}\r\n`).join('');
}

function toJson(columns, rows) {
    const plain = rows.map((row) =>
        Object.fromEntries(columns.map((column) => [column.key, row[column.key] ?? null])),
    );
    return `${JSON.stringify(plain, null, 1)}\n`;
}

function download(name, format, text) {
    const types = { csv: 'text/csv', json: 'application/json' };
    const address = URL.createObjectURL(
        new Blob([text], { type: `${types[format]};charset=utf-8` }),
    );
    const link = element('a', { href: address, download: name });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(address), 10000);
}
