// A subgraph by @apollo/subgraph: reviews of orders and users, of which it knows the keys alone.
import { createServer } from "node:http";
import { buildSubgraphSchema } from "@apollo/subgraph";
import { parse } from "graphql";
import { createYoga } from "graphql-yoga";

const typeDefs = parse(`
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@shareable"])

  type Query {
    me: User
    latest(first: Int = 3): [Review!]!
  }

  type Review {
    text: String!
    order: Order
    author: User
  }

  type Order @key(fields: "id") {
    id: Long!
    reviews: [Review!]!
  }

  type User @key(fields: "login realm { name }") {
    login: String!
    realm: Realm!
    bio: String
  }

  type Realm @shareable { name: String! }

  scalar Long
`);

const user = (login) => ({ login, realm: { name: "eu" }, bio: `bio of ${login}` });
const review = (n) => ({
  text: `review ${n}`,
  order: { __typename: "Order", id: String(n % 4) },
  author: user(n % 2 ? "ann" : "bob"),
});

const resolvers = {
  Query: {
    me: () => user("ann"),
    latest: (_, { first }) => Array.from({ length: first }, (_, n) => review(n)),
  },
  Order: {
    __resolveReference: ({ id }) => ({ id }),
    reviews: ({ id }) => [{ ...review(Number(id)), text: `of order ${id}` }],
  },
  User: { __resolveReference: ({ login }) => user(login) },
};

const schema = buildSubgraphSchema([{ typeDefs, resolvers }]);
createServer(createYoga({ schema, logging: false, maskedErrors: false })).listen(
  Number(process.env.PORT),
  "127.0.0.1",
);
