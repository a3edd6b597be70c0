# SPDX-License-Identifier: MIT
#
# The bed with all its programs built: docker build -t heapbed . (docs/continuous.md). The newest Debian
# 13 unless a digest is given: --build-arg DIGEST=sha256:...
ARG DIGEST=
FROM debian:trixie-slim${DIGEST:+@$DIGEST} AS base

FROM base AS build
# As the arrays at the top of ./bed have them; jq and binutils for docker/gather.sh.
RUN apt-get -o Acquire::Retries=3 update && \
    DEBIAN_FRONTEND=noninteractive apt-get -o Acquire::Retries=3 install --yes --no-install-recommends \
    afl++ binutils clang-19 cmake g++ gcc jq libbenchmark-dev libc6-dev libcjson-dev libclang-rt-19-dev \
    libgoogle-perftools-dev libjemalloc-dev libmimalloc-dev libsqlite3-dev libzstd-dev lld-19 llvm-19 \
    ninja-build valgrind && \
    rm -rf /var/lib/apt/lists/*
COPY . /heapbed
RUN /heapbed/docker/build.sh && /heapbed/docker/gather.sh /image

FROM base
COPY --from=build /image /
# Which tree it is, for bundles: --build-arg COMMIT=$(git rev-parse --short=12 HEAD)
ARG COMMIT=unknown
ENV HEAPBED_PREBUILT=1 HEAPBED_COMMIT=$COMMIT ASAN_SYMBOLIZER_PATH=/usr/bin/addr2line
WORKDIR /work
USER 65534:65534
ENTRYPOINT ["/heapbed/bed"]
CMD ["help"]
