// What node-soap makes of descriptions: node soap_describe.js FILE…
// Prints {file: [operation, …]}; null where it cannot read the file.
"use strict";

const soap = require("soap");

async function operations(file) {
  try {
    const client = await soap.createClientAsync(file);
    const ports = Object.values(client.describe()).flatMap((service) => Object.values(service));
    return [...new Set(ports.flatMap((port) => Object.keys(port)))];
  } catch {
    return null;
  }
}

async function main(files) {
  const described = {};
  for (const file of files) {
    described[file] = await operations(file);
  }
  process.stdout.write(JSON.stringify(described));
}

main(process.argv.slice(2));
