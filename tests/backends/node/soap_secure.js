// An account backend over node-soap that wants WS-Security: node soap_secure.js WSDL PORT [CERTIFICATE]
// It answers who called, and how that was proved: by text, by digest, or by a signature.
"use strict";

const fs = require("fs");
const http = require("http");
const soap = require("soap");
const { passwordDigest } = require("soap/lib/utils");
const { DOMParser } = require("@xmldom/xmldom");
const { SignedXml } = require("xml-crypto");

const [wsdl, port, certificate] = process.argv.slice(2);
const PASSWORDS = { alice: "sécret & <open>" };
const SIGNED = ["Body", "Timestamp"];

const seen = new Set();
let envelope = "";
let proof = "";

const text = (value) => (value && value.$value !== undefined ? value.$value : value);

function byToken({ Username, Password, Nonce, Created }) {
  const password = PASSWORDS[Username];
  const nonce = text(Nonce);
  if (nonce && (seen.has(nonce) || isNaN(Date.parse(Created)))) return "";
  seen.add(nonce);
  if (Password.attributes.Type.endsWith("#PasswordText")) {
    return text(Password) === password ? `text${nonce ? " with nonce" : ""}` : "";
  }
  return text(Password) === passwordDigest(nonce, Created, password) ? "digest" : "";
}

function bySignature() {
  const document = new DOMParser().parseFromString(envelope, "text/xml");
  const [signature] = Array.from(document.getElementsByTagName("Signature"));
  if (!signature) return "";
  const checked = new SignedXml({ idMode: "wssecurity", publicCert: fs.readFileSync(certificate) });
  checked.loadSignature(signature);
  if (!checked.checkSignature(envelope)) return "";
  const parts = checked.getSignedReferences().map((part) => /^<(?:\w+:)?(\w+)/.exec(part)[1]);
  return SIGNED.every((name) => parts.includes(name)) ? "signature" : "";
}

function isTimely({ Timestamp }) {
  if (!Timestamp) return true;
  const [created, expires] = [Timestamp.Created, Timestamp.Expires].map(Date.parse);
  return created <= Date.now() + 1000 && Date.now() < expires && expires - created <= 600000;
}

function authenticate(security) {
  if (!security || !isTimely(security)) return false;
  const ways = [certificate ? bySignature() : "", security.UsernameToken ? byToken(security.UsernameToken) : ""];
  proof = ways.filter(Boolean).concat(security.Timestamp ? ["timestamp"] : []).join(", ");
  return ways.some(Boolean);
}

const operations = { GetAccount: () => ({ owner: proof }) };
const server = http.createServer((_request, response) => response.writeHead(404).end());
server.listen(Number(port), "127.0.0.1");
const listening = soap.listen(server, {
  path: "/bank",
  services: { BankService: { SoapPort: operations } },
  xml: fs.readFileSync(wsdl, "utf8"),
});
listening.log = (type, data) => {
  if (type === "received") envelope = data;
};
listening.authenticate = authenticate;
