#!/bin/bash -eu
# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 the heapbed authors
#
# Licensed under the Apache License, Version 2.0 (the "License");
# you may not use this file except in compliance with the License.
# You may obtain a copy of the License at
#
#      http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS,
# WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
# See the License for the specific language governing permissions and
# limitations under the License.
#
################################################################################

# All that is to be known is in the project: the preset oss-fuzz reads the environment. A folder of
# $WORK that another engine or sanitizer was built in is never built in again.
cd "$SRC/heapbed"
cmake --fresh --preset oss-fuzz
cmake --build --preset oss-fuzz
# For run_tests.sh: where a build has been replayed (replay_build.sh), cmake configures nothing any more.
env -u CFLAGS -u CXXFLAGS cmake --fresh --preset oss-fuzz-tests
