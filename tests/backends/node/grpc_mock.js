/**
 * A gRPC server for any descriptor set, by npm's grpc-js, with reflection by npm's reflection.
 *
 *   node grpc_mock.js DESCRIPTORS PORT v1|v1alpha
 *
 * Every method answers a message whose fields are all set, by one rule (see `scalar`), three of
 * them where it streams. Each request is printed as a line of JSON: {"path": …, "requests": […]}.
 */
"use strict";

const fs = require("node:fs");
const grpc = require("@grpc/grpc-js");
const loader = require("@grpc/proto-loader");
const { ReflectionService } = require("@grpc/reflection");
const { FileDescriptorSet } = require("protobufjs/ext/descriptor");

const DEPTH = 3;
const STREAMED = 3;
const OPTIONS = { keepCase: true, longs: String, enums: String, bytes: String, defaults: false };

/** The messages whose fields together mean one thing, which those of the rule would not. */
const MEANT = new Map(Object.entries({
  Timestamp: { seconds: "1700000000", nanos: 5000000 },
  Duration: { seconds: "61", nanos: 500000000 },
  FieldMask: { paths: ["one", "two.and_three"] },
  Struct: { fields: [{ key: "k", value: { string_value: "v" } }] },
  Value: { list_value: { values: [{ number_value: 2.5 }, { bool_value: true }] } },
  ListValue: { values: [{ string_value: "v" }, { struct_value: {} }] },
  Any: {
    type_url: "type.googleapis.com/google.protobuf.Duration",
    value: Buffer.from([8, 61]),
  },
}).map(([name, value]) => [`.google.protobuf.${name}`, value]));

const [descriptorsFile, port, reflection] = process.argv.slice(2);
const buffer = fs.readFileSync(descriptorsFile);
const { messages, enums } = indexed(FileDescriptorSet.decode(buffer));

function indexed(set) {
  const found = { messages: new Map(), enums: new Map() };
  const add = (scope, holder, nested) => {
    for (const each of holder.enumType) found.enums.set(`${scope}.${each.name}`, each);
    for (const each of holder[nested]) {
      found.messages.set(`${scope}.${each.name}`, each);
      add(`${scope}.${each.name}`, each, "nestedType");
    }
  };
  for (const file of set.file) add(file.package ? `.${file.package}` : "", file, "messageType");
  return found;
}

function message(name, depth) {
  if (MEANT.has(name)) return MEANT.get(name);
  const value = {};
  const chosen = new Set();
  for (const field of messages.get(name).field) {
    const inOneof = Object.hasOwn(field, "oneofIndex") && field.oneofIndex !== null;
    if (inOneof && chosen.has(field.oneofIndex)) continue;
    const given = fieldValue(field, depth);
    if (given === undefined) continue;
    if (inOneof) chosen.add(field.oneofIndex);
    value[field.name] = given;
  }
  return value;
}

function fieldValue(field, depth) {
  const held = field.type === "TYPE_MESSAGE" || field.type === 11;
  if (held && depth >= DEPTH) return undefined;
  if (field.label !== "LABEL_REPEATED" && field.label !== 3) return one(field, depth);
  if (held && messages.get(field.typeName).options?.mapEntry) {
    const [key, value] = messages.get(field.typeName).field;
    const given = fieldValue(value, depth + 1);
    // Protobufjs has no maps where the types came from descriptors: they are lists of entries.
    return given === undefined ? [] : [{ key: scalar(key), value: given }];
  }
  return [one(field, depth), one(field, depth)];
}

function one(field, depth) {
  return field.typeName && messages.has(field.typeName)
    ? message(field.typeName, depth + 1)
    : scalar(field);
}

/** The value of a field by its type and its number alone, so that a test can tell it too. */
function scalar({ type, number, name, typeName }) {
  if (typeName) return enums.get(typeName).value.at(-1).number ?? 0;
  switch (String(type).replace(/^TYPE_/, "")) {
    case "DOUBLE": case "1": case "FLOAT": case "2": return number + 0.5;
    case "INT64": case "3": case "SFIXED64": case "16": case "SINT64": case "18":
      return String(-(2n ** 53n) - BigInt(number));
    case "UINT64": case "4": case "FIXED64": case "6":
      return String(2n ** 63n + BigInt(number));
    case "INT32": case "5": case "SFIXED32": case "15": case "SINT32": case "17": return -number;
    case "UINT32": case "13": case "FIXED32": case "7": return 2 ** 31 + number;
    case "BOOL": case "8": return true;
    case "STRING": case "9": return `${name}-${number}`;
    case "BYTES": case "12": return Buffer.from([number % 256, 0, 255]);
    default: throw new Error(`no value for type ${type}`);
  }
}

function handler(method, answerType) {
  const told = (requests) => console.log(JSON.stringify({ path: method.path, requests }));
  const answers = (call) => {
    for (let sent = 0; sent < STREAMED; sent += 1) call.write(message(answerType, 0));
    call.end();
  };
  const gathered = (call, after) => {
    const requests = [];
    call.on("data", (request) => requests.push(request));
    call.on("end", () => { told(requests); after(); });
  };
  if (method.requestStream && method.responseStream) return (call) => gathered(call, () => answers(call));
  if (method.requestStream) {
    return (call, done) => gathered(call, () => done(null, message(answerType, 0)));
  }
  if (method.responseStream) return (call) => { told([call.request]); answers(call); };
  return (call, done) => { told([call.request]); done(null, message(answerType, 0)); };
}

function serve() {
  const definition = loader.loadFileDescriptorSetFromBuffer(buffer, OPTIONS);
  const server = new grpc.Server();
  for (const file of FileDescriptorSet.decode(buffer).file) {
    if (file.package.startsWith("grpc.reflection.")) continue; // served in earnest, below
    for (const service of file.service) {
      const methods = definition[file.package ? `${file.package}.${service.name}` : service.name];
      const types = new Map(service.method.map(({ name, outputType }) => [name, outputType]));
      server.addService(methods, Object.fromEntries(
        Object.entries(methods).map(([name, each]) => [name, handler(each, types.get(name))]),
      ));
    }
  }
  const described = new ReflectionService(definition);
  (reflection === "v1alpha" ? described.v1Alpha : described.v1).addToServer(server);
  server.bindAsync(`127.0.0.1:${port}`, grpc.ServerCredentials.createInsecure(), (error) => {
    if (error) throw error;
  });
}

serve();
