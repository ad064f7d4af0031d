/**
 * Streams by npm's grpc-js, which say what becomes of them.
 *
 *   node grpc_ticks.js DESCRIPTORS PORT
 *
 * `Watch` sends as many ticks as it is asked for, none of them before the one before has gone out of
 * Node's buffers; `Answer` does so for each request it is sent. A line of JSON is printed for each
 * {"event": "began" | "paused" | "cancelled" | "ended", "sent": …}.
 */
"use strict";

const fs = require("node:fs");
const grpc = require("@grpc/grpc-js");
const loader = require("@grpc/proto-loader");
const { ReflectionService } = require("@grpc/reflection");

const [descriptorsFile, port] = process.argv.slice(2);
const definition = loader.loadFileDescriptorSetFromBuffer(fs.readFileSync(descriptorsFile), {
  longs: Number, defaults: true,
});

function watched(call) {
  const state = { sent: 0, over: false };
  const say = (event) => console.log(JSON.stringify({ event, sent: state.sent }));
  call.on("cancelled", () => { state.over = true; say("cancelled"); });
  say("began");
  return { state, say };
}

/** Send until Node's buffer is full, and again when it is empty. */
function pour(call, { messages, padding }, { state, say }, done) {
  const until = state.sent + messages;
  const bytes = Buffer.alloc(padding);
  const more = () => {
    while (!state.over && state.sent < until) {
      state.sent += 1;
      if (!call.write({ number: state.sent, padding: bytes })) {
        say("paused");
        call.once("drain", more);
        return;
      }
    }
    if (!state.over) done();
  };
  more();
}

function watch(call) {
  const one = watched(call);
  pour(call, call.request, one, () => { one.say("ended"); call.end(); });
}

function answer(call) {
  const one = watched(call);
  let last = Promise.resolve();
  call.on("data", (start) => {
    last = last.then(() => new Promise((done) => { pour(call, start, one, done); }));
  });
  call.on("end", () => last.then(() => { one.say("ended"); call.end(); }));
}

const get = (call, done) => done(null, { number: call.request.messages, padding: Buffer.alloc(0) });

const server = new grpc.Server();
server.addService(definition["splice.ticks.v1.Ticks"], { Watch: watch, Answer: answer, Get: get });
new ReflectionService(definition).addToServer(server);
server.bindAsync(`127.0.0.1:${port}`, grpc.ServerCredentials.createInsecure(), (error) => {
  if (error) throw error;
});
