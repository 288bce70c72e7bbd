# reconciler as a container image: `make image` builds the wheel and then this. Nothing is resolved or built here: every
# distribution is in the list with its hash. The image has no mocked organization, no pip, and needs no shell.
#
# For a base image that cannot change, pass its digest: --build-arg PYTHON=python:3.13-slim-bookworm@sha256:...
ARG PYTHON=python:3.13-slim-bookworm

FROM ${PYTHON} AS build
COPY reconciler/scaffold/files/install/requirements.txt scripts/install_image.sh /build/
COPY dist/*.whl /build/
RUN ["sh", "/build/install_image.sh", "python", "/build", "/opt/reconciler"]

FROM ${PYTHON}
COPY --from=build /opt/reconciler /opt/reconciler
ENV PATH=/opt/reconciler/bin:${PATH} \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOME=/tmp
# A number, so that orchestrators can see that it is not root.
USER 10001:10001
WORKDIR /organization
ENTRYPOINT ["reconciler"]
CMD ["--help"]
