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

// What a browser does soon it may do late on a busy machine.
export async function becomesTrue(ask, text, secondsMost = 20) {
    const end = Date.now() + secondsMost * 1000;
    while (!(await ask())) {
        expect(Date.now() < end, typeof text === 'function' ? text() : text);
        await new Promise((resolve) => {
            setTimeout(resolve, 50);
        });
    }
}
