# One image for every role, and for the embedded profile: `docker run -p 127.0.0.1:8080:8080 -v backscroll:/data backscroll`.

FROM node:24.21.0-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY patches patches
COPY packages packages
# The node-linux packages bring a Node along where there is none; the image has its own. SQLite's sources and its binaries for other systems go too.
RUN npm ci --omit=dev \
  && rm -rf node_modules/node-linux-* node_modules/.bin/node node_modules/better-sqlite3/deps \
  && find node_modules/better-sqlite3/prebuilds -type f ! -name 'linux-*' -delete

FROM node:24.21.0-bookworm-slim
ENV NODE_ENV=production \
  BACKSCROLL_HOST=0.0.0.0 \
  BACKSCROLL_PORT=8080 \
  BACKSCROLL_DATA=/data
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY package.json LICENSE ./
COPY packages packages
COPY src src
# A volume that is mounted here for the first time takes over whose it is.
RUN install --directory --owner=node --group=node --mode=0700 /data /data/keys
USER node
EXPOSE 8080
HEALTHCHECK --interval=15s --timeout=5s --start-period=120s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.BACKSCROLL_PORT}/readyz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "src/main.ts"]
