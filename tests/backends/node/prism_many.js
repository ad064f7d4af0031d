/**
 * Many documents mocked in one process by npm's prism, each on a port of its own.
 *
 *   node prism_many.js PORT
 *
 * GET /open?document=FILE answers {"port": …} once that document is served, or {"error": …}.
 * GET /seen?tag=TAG answers what prism thought of the last request with the header `x-tag: TAG`:
 * {"status": …, "violations": […]}.
 */
"use strict";

const channels = require("node:diagnostics_channel");
const http = require("node:http");
const { getHttpOperationsFromSpec } = require("@stoplight/prism-http");
const { createServer } = require("@stoplight/prism-http-server");

const HOST = "127.0.0.1";
const quiet = { info() {}, warn() {}, error() {}, debug() {}, trace() {}, success() {} };
quiet.child = () => quiet;

// One document's trouble is not the others'.
for (const event of ["uncaughtException", "unhandledRejection"]) {
  process.on(event, (error) => console.error(error));
}

const seen = new Map();

channels.subscribe("http.server.response.finish", ({ request, response }) => {
  const tag = request.headers["x-tag"];
  if (tag === undefined) return;
  const said = response.getHeader("sl-violations");
  seen.set(tag, { status: response.statusCode, violations: violations(said) });
});

function violations(said) {
  if (said === undefined) return [];
  try {
    return JSON.parse(said);
  } catch {
    return [{ location: ["request"], message: said.slice(0, 300) }];
  }
}

async function open(document) {
  const operations = await getHttpOperationsFromSpec(document);
  const mock = { dynamic: false };
  const config = {
    isProxy: false,
    validateRequest: true,
    validateResponse: false,
    checkSecurity: true,
    errors: false,
    upstreamProxy: undefined,
    mock,
  };
  const server = createServer(operations, { cors: false, config, components: { logger: quiet } });
  const address = await server.listen(0, HOST);
  return { port: Number(new URL(address).port) };
}

async function answer(url) {
  if (url.pathname === "/seen") return seen.get(url.searchParams.get("tag")) ?? null;
  try {
    return await open(url.searchParams.get("document"));
  } catch (error) {
    return { error: String(error.message ?? error) };
  }
}

http
  .createServer(async (request, response) => {
    const found = await answer(new URL(request.url, `http://${HOST}`));
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(found));
  })
  .listen(Number(process.argv[2]), HOST);
