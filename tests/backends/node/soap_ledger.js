// A ledger over node-soap, which decodes no arrays itself: node soap_ledger.js WSDL PORT
"use strict";

const fs = require("fs");
const http = require("http");
const soap = require("soap");

const [wsdl, port] = process.argv.slice(2);

const plain = (value) => (value && value.$value !== undefined ? value.$value : value);
const items = (array) => [].concat((array && array.item) || []);

const operations = {
  Total({ amounts }) {
    const given = items(amounts).map((each) => Number(plain(each)));
    const total = given.reduce((sum, each) => sum + each, 0);
    return { total, mean: total / given.length };
  },
  Pay({ amount }) {
    const asked = Number(plain(amount));
    if (asked > 100) {
      throw {
        Fault: {
          faultcode: "soap:Client",
          faultstring: "Too poor",
          faultactor: "urn:vault",
          detail: { Overdrawn: { missing: asked - 100 } },
          statusCode: 500,
        },
      };
    }
    return { balance: 100 - asked };
  },
  Whoami(_arguments, _callback, headers) {
    return { name: plain(headers.Session.token) };
  },
  Note() {
    return null;
  },
};

const listener = http.createServer((_request, response) => response.writeHead(404).end());
listener.listen(Number(port), "127.0.0.1");
const server = soap.listen(listener, {
  path: "/ledger",
  services: { LedgerService: { LedgerPort: operations } },
  xml: fs.readFileSync(wsdl, "utf8"),
});
server.addSoapHeader("<Trace xmlns='urn:ledger'>seen</Trace>");
