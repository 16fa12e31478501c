# The image of `headgate operator` and `headgate proxy`: the sources and what they need at run time, without the embedded cluster.
# docs/guides/install.md says how to build it; test/chart/image.test.ts carries out these instructions without a container engine.

FROM node:24-slim AS packages
WORKDIR /app
# The manifests of what the image holds. @headgate/local, which is optional, and @headgate/testkit are left out on purpose.
COPY package.json package-lock.json LICENSE ./
COPY packages/api/package.json packages/api/
COPY packages/cli/package.json packages/cli/
COPY packages/delta/package.json packages/delta/
COPY packages/kube/package.json packages/kube/
COPY packages/operator/package.json packages/operator/
COPY packages/pipeline/package.json packages/pipeline/
COPY packages/proxy/package.json packages/proxy/
COPY packages/views/package.json packages/views/
RUN npm ci --workspace @headgate/cli --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund

FROM node:24-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=packages /app ./
COPY packages/api/src packages/api/src
COPY packages/cli/src packages/cli/src
COPY packages/delta/src packages/delta/src
COPY packages/kube/src packages/kube/src
COPY packages/operator/src packages/operator/src
COPY packages/pipeline/src packages/pipeline/src
COPY packages/proxy/src packages/proxy/src
COPY packages/views/src packages/views/src
# A number, so that Kubernetes can see that it is not root.
USER 1000:1000
ENTRYPOINT ["node", "--conditions=@headgate/source", "/app/packages/cli/src/main.ts"]
