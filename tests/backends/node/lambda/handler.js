"use strict";

const PRICES = { anvil: 20.25, rope: 3.5 };

exports.quote = async ({ sku, quantity = 1 }) => ({
  sku,
  quantity,
  total: PRICES[sku] * quantity,
  note: null,
});

exports.echo = async (event) => ({ event });

exports.refund = async () => {
  throw new RangeError("nothing was paid");
};

exports.slow = () => new Promise((answer) => setTimeout(answer, 20_000, { late: true }));
