// A GraphQL API over HTTP; its subscriptions come as server-sent events.
import { createServer } from "node:http";
import { createSchema, createYoga } from "graphql-yoga";
import { resolvers, typeDefs } from "./graphql_library.mjs";

const schema = createSchema({ typeDefs, resolvers });
const yoga = createYoga({ schema, logging: false, maskedErrors: true });
createServer(yoga).listen(Number(process.env.PORT), "127.0.0.1");
