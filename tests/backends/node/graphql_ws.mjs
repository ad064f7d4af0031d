// A GraphQL API over HTTP; its subscriptions come over WebSockets, for those who know the word.
import { createServer } from "node:http";
import { createHandler } from "graphql-http/lib/use/http";
import { useServer } from "graphql-ws/use/ws";
import { createSchema } from "graphql-yoga";
import { WebSocketServer } from "ws";
import { resolvers, typeDefs } from "./graphql_library.mjs";

const schema = createSchema({ typeDefs, resolvers });
const handler = createHandler({ schema });
const server = createServer(handler);
const sockets = new WebSocketServer({ server, path: "/graphql" });
useServer({ schema, onConnect: (context) => context.connectionParams?.word === "sesame" }, sockets);
server.listen(Number(process.env.PORT), "127.0.0.1");
