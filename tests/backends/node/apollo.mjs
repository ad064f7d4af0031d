// Asks with Apollo Client what a query and, where one is given, a manifest say, and prints what it
// got and what went over the wire for it.
//
//   node apollo.mjs URL METHOD QUERY [MANIFEST]
//
// METHOD is what hashes go by, GET or POST. With a manifest its ids are sent in place of hashes.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from "@apollo/client";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { print } from "graphql";

const [uri, method, text, file] = process.argv.slice(2);
const { operations = [] } = file ? JSON.parse(await readFile(file, "utf8")) : {};
const ids = new Map(operations.map(({ name, id }) => [name, id]));

const wire = [];
const noted = async (target, options) => {
  const sent = options.method === "GET" ? Object.fromEntries(new URL(target).searchParams) : JSON.parse(options.body);
  const answer = await fetch(target, options);
  wire.push({ method: options.method, text: "query" in sent, status: answer.status });
  return answer;
};

const hashed = new PersistedQueryLink({
  generateHash: (document) =>
    ids.get(document.definitions[0].name?.value) ??
    createHash("sha256").update(print(document)).digest("hex"),
  useGETForHashedQueries: method === "GET",
});
const client = new ApolloClient({
  link: ApolloLink.from([hashed, new HttpLink({ uri, fetch: noted })]),
  cache: new InMemoryCache(),
});

const ask = async () => {
  try {
    const { data } = await client.query({ query: gql(text), fetchPolicy: "no-cache" });
    return data;
  } catch (error) {
    return error.message;
  }
};
const answers = [await ask(), await ask()];
console.log(JSON.stringify({ answers, wire }));
