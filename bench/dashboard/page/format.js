// SPDX-License-Identifier: MIT
//
// Numbers, units and dates as the reader sees them.

const wholeNumber = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const absent = '–';

// Three digits that count, and all digits of what is counted: 2.27, 46.1, 182, 24,279.
function formatNumber(value, digits = 3) {
    if (value === null || value === undefined || !Number.isFinite(value)) {
        return absent;
    }
    if (value === 0 || Math.abs(value) >= 10 ** (digits - 1)) {
        return wholeNumber.format(value);
    }
    const before = Math.floor(Math.log10(Math.abs(value))) + 1;
    return value.toFixed(Math.min(6, digits - before));
}

function formatScaled(value, steps) {
    const step = steps.find(([size]) => Math.abs(value) >= size) || steps[steps.length - 1];
    return `${formatNumber(value / step[0])} ${step[1]}`;
}

const timeSteps = [
    [1e9, 's'],
    [1e6, 'ms'],
    [1e3, 'µs'],
    [1, 'ns'],
];
const bytesSteps = [
    [2 ** 30, 'GiB'],
    [2 ** 20, 'MiB'],
    [2 ** 10, 'KiB'],
    [1, 'B'],
];

// How a value of a unit is written, in full and short (for axes).
const unitFormats = {
    nanoseconds: { label: 'CPU time a call', full: (v) => formatScaled(v, timeSteps) },
    seconds: { label: 'seconds', full: (v) => `${formatNumber(v)} s` },
    instructions: { label: 'instructions a call', full: (v) => trimZeros(formatNumber(v, 4)) },
    bytes: {
        label: 'bytes',
        full: (v) => `${wholeNumber.format(v)} B`,
        short: (v) => formatScaled(v, bytesSteps),
    },
    ratio: { label: 'ratio', full: (v) => v.toFixed(3) },
    count: {
        label: 'count',
        full: (v) => (Number.isInteger(v) ? wholeNumber.format(v) : formatNumber(v)),
    },
    percent: { label: 'per cent', full: (v) => `${formatNumber(v)} %` },
    share: { label: 'relative to the first commit', full: (v) => `${(v * 100).toFixed(1)} %` },
};

function unitFormat(unit) {
    return unitFormats[unit] || { label: unit || 'value', full: (v) => formatNumber(v, 4) };
}

function unitLabel(unit) {
    return unitFormat(unit).label;
}

function formatQuantity(value, unit) {
    return value === null || value === undefined || !Number.isFinite(value)
        ? absent
        : unitFormat(unit).full(value);
}

// 10.00 is 10: zeros at the end say nothing.
function trimZeros(text) {
    return text.replace(/(\.\d*?)0+(?=\D|$)/, '$1').replace(/\.(?=\D|$)/, '');
}

function formatTick(value, unit) {
    const format = unitFormat(unit);
    return trimZeros((format.short || format.full)(value));
}

// 0.051 as "+5.1%"; what doubles is easier to read as a factor.
function formatChange(change) {
    if (change === null || !Number.isFinite(change)) {
        return absent;
    }
    if (change >= 1) {
        return `×${formatNumber(1 + change)}`;
    }
    const percent = change * 100;
    const digits = Math.abs(percent) < 0.1 ? 2 : 1;
    return `${percent > 0 ? '+' : percent < 0 ? '−' : '±'}${Math.abs(percent).toFixed(digits)}%`;
}

function formatExponent(value) {
    return Number.isFinite(value)
        ? value
              .toFixed(2)
              .replace(/^-(?=0\.00$)/, '')
              .replace('-', '−')
        : absent;
}

function formatDate(text) {
    const date = new Date(text);
    return Number.isNaN(date.getTime()) ? String(text || absent) : date.toISOString().slice(0, 10);
}

function formatTime(text) {
    const date = new Date(text);
    return Number.isNaN(date.getTime())
        ? String(text || absent)
        : `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

function shortHash(hash) {
    return String(hash).slice(0, 10);
}

function plural(count, one, many) {
    return `${wholeNumber.format(count)} ${count === 1 ? one : many}`;
}
