"use strict";

const PIXEL = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x00, 0xff]);

const answers = {
  "/echo/{id}": (event) => ({
    statusCode: 200,
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(event),
  }),
  "/pixel": () => ({
    statusCode: 200,
    headers: { "content-type": "image/png" },
    isBase64Encoded: true,
    body: PIXEL.toString("base64"),
  }),
  "/gone": () => ({
    statusCode: 404,
    headers: { "content-type": "application/problem+json" },
    body: JSON.stringify({ title: "no such thing" }),
  }),
  "/bare": (event) => ({ bare: event.queryStringParameters }),
  "/thrown": () => {
    throw new TypeError("not today");
  },
};

const route = (event) => event.resource ?? event.routeKey.split(" ")[1];

exports.handler = async (event) => answers[route(event)](event);
