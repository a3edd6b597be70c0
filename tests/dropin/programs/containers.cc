// SPDX-License-Identifier: MIT
//
// A C++ program that allocates in every way that C++ has: containers, strings, aligned and sized
// new and delete, exceptions, threads. Prints a digest of all it computed.
#include <algorithm>
#include <cstdint>
#include <iostream>
#include <list>
#include <map>
#include <memory>
#include <new>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

struct alignas(256) Aligned {
    std::uint64_t values[40] = {};
};

static std::uint64_t digest = 1;

static void note(std::uint64_t value)
{
    digest = (digest ^ value) * 0x100000001b3u;
}

static void containers()
{
    std::map<std::string, std::vector<int>> lists;
    std::unordered_map<std::uint64_t, std::string> names;

    for (int i = 0; i < 20000; i++) {
        lists["key " + std::to_string(i * 7919 % 3001)].push_back(i);
        names[static_cast<std::uint64_t>(i) * 31] =
            std::string(static_cast<std::size_t>(i % 90), 'x');
    }
    for (const auto &[key, values] : lists) {
        note(key.size() + values.size() + static_cast<std::uint64_t>(values.back()));
    }
    for (std::uint64_t i = 0; i < 20000; i += 3) {
        names.erase(i * 31);
    }
    note(names.size());
}

static void aligned()
{
    std::vector<std::unique_ptr<Aligned>> blocks;

    for (std::uint64_t i = 0; i < 500; i++) {
        blocks.push_back(std::make_unique<Aligned>());
        blocks.back()->values[i % 40] = i;
        note(reinterpret_cast<std::uintptr_t>(blocks.back().get()) % alignof(Aligned));
        note(blocks.back()->values[i % 40]);
    }
    std::unique_ptr<std::uint64_t[]> bytes(new std::uint64_t[100000]());
    note(bytes[99999]);
}

static void exceptions()
{
    for (int i = 0; i < 1000; i++) {
        try {
            throw std::runtime_error("number " + std::to_string(i));
        } catch (const std::exception &error) {
            note(std::string(error.what()).size());
        }
    }
    volatile std::size_t huge = SIZE_MAX / 4;
    try {
        std::unique_ptr<char[]> never(new char[huge]);
        note(1);
    } catch (const std::bad_alloc &) {
        note(2);
    }
    note(new (std::nothrow) char[huge] == nullptr ? 3 : 4);
}

static void threads()
{
    std::vector<std::uint64_t> sums(4);
    std::vector<std::thread> workers;

    for (std::size_t i = 0; i < sums.size(); i++) {
        workers.emplace_back([&sums, i] {
            std::list<std::string> words;
            std::ostringstream text;

            for (std::size_t word = 0; word < 5000; word++) {
                words.push_back(std::to_string(word * (i + 1)));
                text << words.back();
            }
            words.sort();
            sums[i] = text.str().size() + words.front().size() + words.back().size();
        });
    }
    for (std::size_t i = 0; i < sums.size(); i++) {
        workers[i].join();
        note(sums[i]);
    }
}

int main()
{
    containers();
    aligned();
    exceptions();
    threads();
    std::cout << digest << '\n';
    return 0;
}
