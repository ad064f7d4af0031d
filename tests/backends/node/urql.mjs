// Asks with @urql/core, as it comes, for what the texts say one after the other, and prints for each
// every result it got, and the media type of each answer.
//
//   node urql.mjs URL TEXT...
import { Client, fetchExchange } from "@urql/core";

const [url, ...texts] = process.argv.slice(2);
const types = [];
const noted = async (target, options) => {
  const answer = await fetch(target, options);
  types.push(answer.headers.get("content-type"));
  return answer;
};
const client = new Client({
  url,
  exchanges: [fetchExchange],
  fetch: noted,
  fetchSubscriptions: true,
  preferGetMethod: false,
});

const started = (text) =>
  text.startsWith("mutation")
    ? client.mutation(text, {})
    : text.startsWith("subscription")
      ? client.subscription(text, {})
      : client.query(text, {});
const asked = (text) =>
  new Promise((resolve) => {
    const results = [];
    const { unsubscribe } = started(text).subscribe(({ data, error, hasNext }) => {
      // The end of a stream of events repeats the last of them.
      if (hasNext || !text.startsWith("subscription") || error)
        results.push(error ? { error: error.message } : { data });
      if (hasNext) return;
      // A query's source stays open for what may change it later.
      resolve(results);
      queueMicrotask(() => unsubscribe());
    });
  });

const answers = [];
for (const text of texts) answers.push(await asked(text));
console.log(JSON.stringify({ answers, types }));
