# syntax=docker/dockerfile:1
# doppel for training and serving, without root. See compose.yaml for how it is started.
#   docker build -t doppel .                               torch with CUDA; run with --gpus all
#   docker build -t doppel --build-arg TORCH_INDEX=URL .   URL of PyTorch's CPU wheels: a smaller image

FROM python:3.11-slim-bookworm AS build
ARG TORCH_INDEX=
# llama-cpp-python comes as source: these build it. Not pinned, as Debian keeps one version of each.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends build-essential cmake \
    && rm -rf /var/lib/apt/lists/*
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PATH=/opt/doppel/bin:$PATH
RUN python -m venv /opt/doppel
WORKDIR /src
COPY constraints.txt ./
RUN pip install --constraint constraints.txt ${TORCH_INDEX:+--index-url "$TORCH_INDEX"} torch
COPY pyproject.toml README.md LICENSE ./
COPY conf conf
COPY demo demo
COPY experiments experiments
COPY hydra_plugins hydra_plugins
COPY doppel doppel
RUN pip install --constraint constraints.txt ".[bot,hub,llama_cpp,parquet,quantized,serve]"

FROM python:3.11-slim-bookworm
# libgomp1: torch's and llama.cpp's threads.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libgomp1 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 1000 --create-home doppel \
    && install --directory --owner doppel --group doppel --mode 0700 /doppel /doppel/outputs /home/doppel/.cache
COPY --from=build /opt/doppel /opt/doppel
ENV PATH=/opt/doppel/bin:$PATH PYTHONUNBUFFERED=1 HF_HUB_DISABLE_TELEMETRY=1
USER 1000:1000
WORKDIR /doppel
VOLUME ["/doppel/outputs"]
ENTRYPOINT ["doppel"]
CMD ["--help"]
