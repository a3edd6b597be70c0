# SPDX-License-Identifier: MIT
#
# Of an export of llvm-cov each branch of each function, a line each: the file, the begin and end of
# the condition (line, column, line, column), how often it was true, and false. A function that is
# compiled for eight variants of the core is there eight times: whoever reads this adds them up.
.data[0].functions[]
| .filenames as $files
| .branches[]
| [$files[.[6]], .[0], .[1], .[2], .[3], .[4], .[5]]
| @tsv
