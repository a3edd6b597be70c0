// SPDX-License-Identifier: MIT
//
// What a check says when it is not so.

export function expect(isSo, text) {
    if (!isSo) {
        throw new Error(text);
    }
}

export function expectEqual(seen, wanted, what) {
    expect(seen === wanted, `${what}: ${JSON.stringify(seen)}, expected ${JSON.stringify(wanted)}`);
}
